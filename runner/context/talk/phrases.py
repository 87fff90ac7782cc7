"""What people write where they add nothing but their number, and how they say that something is decided. Data only.

Read by `noise.py` and `extract.py`. A message is noise only if all of it is one of these phrases after another, so what
may mean more than that (that it fails, since when, where) stands in none of them. One line a language.
"""

AGREEMENT = {
    "zh": (
        "同问 同样的问题 同样问题 相同问题 一样的问题 遇到同样的问题 我也遇到了 我也遇到同样的问题 "
        "我也遇到了同样的问题 我也是 我也一样 同求 顶 顶一下 支持 赞 赞同 同意 附议 蹲 同問 同樣的問題 "
        "我也遇到同樣的問題 我也遇到了同樣的問題 遇到同樣的問題 我也一樣 頂"
    ),
    "ja": (
        "同じく 同じです 私も同じです 同じ問題です 同じ問題があります 同じ問題が起きています 私も同じ問題です "
        "私もです こちらも同じです 賛成 賛成です 同意します 同じ現象です 同じ症状です"
    ),
    "ko": (
        "저도요 저도_그래요 저도_같은_문제가_있습니다 저도_같은_문제입니다 같은_문제입니다 같은_문제가_있습니다 "
        "저도_동일합니다 동일합니다 동일한_문제입니다 저도_동일한_문제가_있습니다 동의합니다 찬성합니다"
    ),
    "es": (
        "yo_tambien a_mi_tambien lo_mismo lo_mismo_aqui lo_mismo_me_pasa me_pasa_lo_mismo a_mi_me_pasa_lo_mismo "
        "igual igual_aqui mismo_problema el_mismo_problema tengo_el_mismo_problema "
        "yo_tambien_tengo_el_mismo_problema mismo_error tengo_el_mismo_error de_acuerdo"
    ),
    "pt": (
        "eu_tambem aqui_tambem comigo_tambem o_mesmo_aqui mesmo_aqui mesmo_problema mesmo_problema_aqui "
        "o_mesmo_problema estou_com_o_mesmo_problema tenho_o_mesmo_problema tambem_estou_com_o_mesmo_problema "
        "mesmo_erro mesmo_erro_aqui concordo"
    ),
    "de": (
        "ich_auch bei_mir_auch hier_auch hier_ebenso ebenso dito hier_genauso bei_mir_genauso gleiches_problem "
        "gleiches_problem_hier selbes_problem selbes_problem_hier das_gleiche_problem habe_das_gleiche_problem "
        "ich_habe_das_gleiche_problem ich_habe_auch_das_gleiche_problem habe_dasselbe_problem "
        "ich_habe_dasselbe_problem gleicher_fehler einverstanden zustimmung"
    ),
    "fr": (
        "moi_aussi pareil pareil_ici idem idem_ici idem_pour_moi pareil_pour_moi meme_probleme meme_probleme_ici "
        "meme_souci j'ai_le_meme_probleme j'ai_le_meme_souci j'ai_aussi_le_meme_probleme meme_erreur d'accord"
    ),
    "ru": (
        "и_у_меня у_меня_тоже у_меня_так_же у_меня_также тоже_самое то_же_самое у_меня_то_же_самое аналогично "
        "та_же_проблема такая_же_проблема у_меня_такая_же_проблема у_меня_та_же_проблема та_же_ошибка "
        "такая_же_ошибка плюсую поддерживаю согласен согласна"
    ),
    "it": (
        "anch'io anche_io anche_a_me stesso_problema stesso_problema_qui ho_lo_stesso_problema idem_anche_qui d'accordo"
    ),
    "pl": "ja_tez u_mnie_tez ten_sam_problem mam_ten_sam_problem to_samo u_mnie_to_samo",
    "tr": "ben_de bende_de ayni_sorun ayni_problem bende_de_ayni_sorun_var ayni_sorunu_yasiyorum",
}
NEWS = {
    "zh": (
        "有进展吗 有什么进展吗 有更新吗 有任何更新吗 有消息吗 进展如何 什么时候修复 什么时候能修复 "
        "什么时候可以修复 求更新 催更 有進展嗎 有更新嗎 什麼時候修復"
    ),
    "ja": ("進捗はありますか 進捗どうですか 進捗はいかがですか 更新はありますか 状況はいかがですか いつ修正されますか"),
    "ko": "진행_상황이_어떻게_되나요 업데이트_있나요 업데이트가_있나요 진행상황_있나요 언제_수정되나요",
    "es": (
        "alguna_novedad hay_alguna_novedad alguna_actualizacion hay_alguna_actualizacion hay_novedades "
        "algun_avance hay_algun_avance novedades"
    ),
    "pt": (
        "alguma_novidade alguma_atualizacao tem_alguma_novidade ha_alguma_novidade novidades algum_progresso "
        "alguma_previsao"
    ),
    "de": (
        "gibt_es_neuigkeiten gibt's_neuigkeiten gibt_es_schon_neuigkeiten gibt_es_hier_neuigkeiten "
        "gibt_es_etwas_neues gibt_es_hier_etwas_neues irgendwelche_neuigkeiten neuigkeiten wie_ist_der_stand "
        "stand_der_dinge"
    ),
    "fr": (
        "des_nouvelles du_nouveau une_mise_a_jour y_a_t_il_du_nouveau y_a_t_il_des_nouvelles "
        "avez_vous_des_nouvelles ou_en_est_on"
    ),
    "ru": (
        "есть_новости есть_ли_новости есть_какие_то_новости есть_прогресс есть_обновления когда_исправят "
        "когда_починят ап"
    ),
    "it": "novita ci_sono_novita aggiornamenti ci_sono_aggiornamenti",
    "pl": "jakies_wiesci sa_jakies_wiesci jakies_nowosci",
    "tr": "gelisme_var_mi guncelleme_var_mi",
}
THANKS = {
    "zh": (
        "谢谢 谢谢你 谢谢您 多谢 感谢 非常感谢 感谢分享 辛苦了 太棒了 收到 学习了 mark 马克 插眼 關注 关注 謝謝 "
        "感謝 非常感謝"
    ),
    "ja": (
        "ありがとう ありがとうございます ありがとうございました 感謝します 助かりました お疲れ様です すごい 素晴らしい"
    ),
    "ko": "감사합니다 고맙습니다 감사해요 정말_감사합니다 수고하셨습니다 수고하세요 좋네요 좋아요",
    "es": "gracias muchas_gracias mil_gracias gracias_a_todos genial perfecto excelente buen_trabajo siguiendo",
    "pt": (
        "obrigado obrigada muito_obrigado muito_obrigada valeu otimo perfeito excelente bom_trabalho "
        "acompanhando seguindo"
    ),
    "de": (
        "danke vielen_dank danke_schon dankeschon danke_dir danke_euch besten_dank herzlichen_dank super toll "
        "prima perfekt gute_arbeit"
    ),
    "fr": "merci merci_beaucoup merci_bien merci_a_tous merci_a_vous super genial parfait bon_travail bravo",
    "ru": "спасибо большое_спасибо спасибо_большое благодарю отлично супер круто класс слежу",
    "it": "grazie grazie_mille molte_grazie ottimo perfetto ottimo_lavoro",
    "pl": "dziekuje dzieki wielkie_dzieki super swietnie",
    "tr": "tesekkurler tesekkur_ederim cok_tesekkurler harika eline_saglik",
}
"""Blanks within a phrase are written as `_`; accents of Latin letters are left out."""

DECISION = (
    "decidimos|decidido|acordamos|debemos|deberíamos|causa raíz|porque|"
    "decidiu|decidiram|concordamos|devemos|deveríamos|causa raiz|"
    "beschlossen|entschieden|wir (?:sollten|müssen|werden)|ursache|weil|stattdessen|"
    "décidé|convenu|nous (?:devons|devrions|allons)|cause|parce que|au lieu de|"
    "решили|решено|договорились|нужно|должны|причина|потому что|вместо"
)
"""Words of decision and of cause, between borders of words."""
DECISION_SIGNS = (
    "决定|決定|結論|结论|原因|应该|應該|必须|必須|因为|因為|改为|改為|であるべき|べきです|なぜなら|回避策|修正方針|"
    "결정|결론|원인|해야|때문|대신"
)
"""The same in scripts without such borders."""
