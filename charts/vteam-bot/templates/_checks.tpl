{{/* What the schema cannot say: all that is wrong with the values, in one message. Included by configmap.yaml. */}}
{{- define "vteam-bot.check" -}}
{{- $wrong := list -}}
{{- if and .Values.split.enabled (not .Values.database.existingSecret) -}}
{{- $wrong = append $wrong "split.enabled needs database.existingSecret: the halves share their store in PostgreSQL" -}}
{{- end -}}
{{- if and (gt (int .Values.web.replicas) 1) (not .Values.split.enabled) -}}
{{- $wrong = append $wrong "web.replicas above 1 needs split.enabled and database.existingSecret: one pod keeps its store to itself" -}}
{{- end -}}
{{- if not .Values.github.appId -}}
{{- $wrong = append $wrong "github.appId is not set: the number of the GitHub App (vteam github-manifest says how to register one)" -}}
{{- end -}}
{{- if not .Values.github.privateKey.existingSecret -}}
{{- $wrong = append $wrong "github.privateKey.existingSecret is not set: the Secret with the App's private key" -}}
{{- end -}}
{{- if not .Values.github.webhookSecret.existingSecret -}}
{{- $wrong = append $wrong "github.webhookSecret.existingSecret is not set: the Secret with what GitHub signs webhooks with" -}}
{{- end -}}
{{- $ways := or .Values.slack.signingSecret.existingSecret .Values.slack.appToken.existingSecret -}}
{{- if and $ways (not .Values.slack.botToken.existingSecret) -}}
{{- $wrong = append $wrong "slack.botToken.existingSecret is not set: the Secret with the token of the Slack app's bot" -}}
{{- end -}}
{{- if and .Values.slack.botToken.existingSecret (not $ways) -}}
{{- $wrong = append $wrong "slack needs signingSecret.existingSecret (Slack reaches the bot) or appToken.existingSecret (Socket Mode)" -}}
{{- end -}}
{{- if and (hasPrefix "https://api.anthropic.com" .Values.model.url) (not .Values.model.apiKey.existingSecret) -}}
{{- $wrong = append $wrong "model.apiKey.existingSecret is not set, and api.anthropic.com answers nobody without a key" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- $wrong = append $wrong "ingress.enabled needs ingress.host" -}}
{{- end -}}
{{- $seen := list -}}
{{- range .Values.namespaces -}}
{{- if has .name $seen -}}
{{- $wrong = append $wrong (printf "namespaces names %s twice" .name) -}}
{{- end -}}
{{- $seen = append $seen .name -}}
{{- if and .create (eq .name $.Release.Namespace) -}}
{{- $wrong = append $wrong (printf "namespaces: %s is the release's own namespace; sessions run in another one" .name) -}}
{{- end -}}
{{- end -}}
{{- if $wrong -}}
{{- fail (printf "\n\nvteam-bot cannot be installed with these values:\n  - %s\n" (join "\n  - " $wrong)) -}}
{{- end -}}
{{- end -}}
