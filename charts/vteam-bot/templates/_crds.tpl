{{/*
Whether a CRD of this name belongs to something else: it is there, and this release has not installed it. Empty where it
is free or ours. (`helm template` sees no cluster: there nothing is foreign.)
*/}}
{{- define "vteam-bot.foreign" -}}
{{- $found := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" .name -}}
{{- if $found -}}
{{- $notes := default (dict) $found.metadata.annotations -}}
{{- $ours := and (eq (get $notes "meta.helm.sh/release-name") .root.Release.Name) (eq (get $notes "meta.helm.sh/release-namespace") .root.Release.Namespace) -}}
{{- if not $ours -}}yes{{- end -}}
{{- end -}}
{{- end -}}
