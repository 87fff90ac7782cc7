{{/* The bot's settings that are no secrets, as environment. Numbers pass int64: Helm's own form of 20000000 is 2e+07. */}}
{{- define "vteam-bot.settings" -}}
VTEAM_DATA_DIR: /data
VTEAM_HOST: {{ .Values.listenHost | quote }}
VTEAM_PORT: "8080"
VTEAM_BOT_URL: {{ include "vteam-bot.botUrl" . | quote }}
VTEAM_PUBLIC_URL: {{ include "vteam-bot.publicUrl" . | quote }}
VTEAM_HANDLE: {{ .Values.handle | quote }}
VTEAM_PREFIX: {{ .Values.prefix | quote }}
VTEAM_GITHUB_API_URL: {{ .Values.github.apiUrl | quote }}
VTEAM_GITHUB_URL: {{ .Values.github.url | quote }}
VTEAM_GITHUB_APP_ID: {{ .Values.github.appId | int64 | quote }}
VTEAM_GITHUB_PRIVATE_KEY_FILE: /var/run/secrets/vteam/github/private-key.pem
VTEAM_SLACK_API_URL: {{ .Values.slack.apiUrl | quote }}
VTEAM_SLACK_CHANNELS: {{ include "vteam-bot.slackChannels" . | quote }}
VTEAM_SLACK_REPOSITORY: {{ .Values.slack.repository | quote }}
VTEAM_SLACK_QUESTION_SECONDS: {{ .Values.slack.questionSeconds | int64 | quote }}
VTEAM_GITHUB_CLIENT_ID: {{ .Values.github.clientId | quote }}
{{- $bots := list }}
{{- range .Values.github.botIds }}{{- $bots = append $bots (. | int64 | toString) }}{{- end }}
VTEAM_BOT_IDS: {{ join "," $bots | quote }}
VTEAM_MODEL_URL: {{ .Values.model.url | quote }}
VTEAM_MODEL: {{ .Values.model.name | quote }}
VTEAM_MODEL_GPU: {{ .Values.model.gpu | quote }}
VTEAM_SMALL_MODEL: {{ .Values.model.smallName | quote }}
VTEAM_NAMESPACES: {{ include "vteam-bot.namespaceMap" . | quote }}
VTEAM_NAMESPACE_LABEL: {{ .Values.namespaceLabel | quote }}
VTEAM_AUDIENCE: {{ .Values.runner.audience | quote }}
VTEAM_SESSION_USD: {{ .Values.sessions.usd | quote }}
VTEAM_SESSION_USD_MOST: {{ .Values.sessions.mostUsd | quote }}
VTEAM_SESSION_TOKENS: {{ .Values.sessions.tokens | int64 | quote }}
VTEAM_SESSION_TURNS: {{ .Values.sessions.turns | int64 | quote }}
VTEAM_SESSION_SECONDS: {{ .Values.sessions.seconds | int64 | quote }}
VTEAM_CONTEXT_TOKENS: {{ .Values.sessions.contextTokens | int64 | quote }}
VTEAM_BUNDLE_BYTES: {{ .Values.sessions.bundleBytes | int64 | quote }}
VTEAM_RUNNER_IMAGE: {{ default (include "vteam-bot.image" .) .Values.runner.image | quote }}
VTEAM_RUNNER_PULL_SECRETS: {{ join "," .Values.runner.pullSecrets | quote }}
VTEAM_RUNNER_CPU: {{ .Values.runner.cpu | quote }}
VTEAM_RUNNER_MEMORY: {{ .Values.runner.memory | quote }}
VTEAM_RUNNER_WORKSPACE: {{ .Values.runner.workspace | quote }}
VTEAM_PROGRESS_SECONDS: {{ .Values.progressSeconds | quote }}
VTEAM_SWEEP_SECONDS: {{ .Values.sweepSeconds | int64 | quote }}
VTEAM_RETENTION_DAYS: {{ .Values.retentionDays | int64 | quote }}
VTEAM_MEMORY_DAYS: {{ .Values.memoryDays | int64 | quote }}
VTEAM_SUMMARIES: {{ .Values.summaries | quote }}
VTEAM_CONTEXT_RERANK: {{ .Values.contextRerank | quote }}
VTEAM_LOG_FORMAT: {{ .Values.log.format | quote }}
VTEAM_LOG_LEVEL: {{ .Values.log.level | quote }}
{{- end -}}

{{/* The map of Slack's channels, as one line. */}}
{{- define "vteam-bot.slackChannels" -}}
{{- $pairs := list -}}
{{- range $channel, $repository := .Values.slack.channels -}}
{{- $pairs = append $pairs (printf "%s=%s" $channel $repository) -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}
