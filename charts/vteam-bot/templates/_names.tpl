{{/* Names, labels and the image: whatever several templates must agree on. */}}

{{- define "vteam-bot.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "vteam-bot.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "vteam-bot.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "vteam-bot.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Of cluster-wide objects: two releases of one name may stand in two namespaces. */}}
{{- define "vteam-bot.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "vteam-bot.fullname" .) -}}
{{- end -}}

{{- define "vteam-bot.selector" -}}
app.kubernetes.io/name: {{ include "vteam-bot.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "vteam-bot.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "vteam-bot.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: vteam-bot
{{- end -}}

{{/* The component whose pods hold the web half. */}}
{{- define "vteam-bot.webComponent" -}}
{{- ternary "web" "bot" .Values.split.enabled -}}
{{- end -}}

{{/* The account of a half: one pod has one account, which gets the rights of both. */}}
{{- define "vteam-bot.webAccount" -}}
{{- include "vteam-bot.fullname" . }}{{ ternary "-web" "" .Values.split.enabled -}}
{{- end -}}

{{- define "vteam-bot.reconcileAccount" -}}
{{- include "vteam-bot.fullname" . }}{{ ternary "-reconcile" "" .Values.split.enabled -}}
{{- end -}}

{{- define "vteam-bot.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "vteam-bot.botUrl" -}}
{{- $port := int .Values.service.port -}}
{{- $own := printf "http://%s.%s.svc" (include "vteam-bot.fullname" .) .Release.Namespace -}}
{{- default (ternary $own (printf "%s:%d" $own $port) (eq $port 80)) .Values.botUrl -}}
{{- end -}}

{{- define "vteam-bot.publicUrl" -}}
{{- $own := "" -}}
{{- if and .Values.ingress.enabled .Values.ingress.host -}}
{{- $own = printf "%s://%s" (ternary "https" "http" (ne .Values.ingress.tlsSecret "")) .Values.ingress.host -}}
{{- end -}}
{{- default $own .Values.publicUrl -}}
{{- end -}}

{{/* What VTEAM_NAMESPACES holds: pattern=namespace, the first match counts. */}}
{{- define "vteam-bot.namespaceMap" -}}
{{- $rules := list -}}
{{- range $namespace := .Values.namespaces -}}
{{- range $namespace.repositories -}}
{{- $rules = append $rules (printf "%s=%s" . $namespace.name) -}}
{{- end -}}
{{- end -}}
{{- join "," $rules -}}
{{- end -}}
