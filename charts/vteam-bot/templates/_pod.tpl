{{/*
The pod of one Deployment. Called with a dict: root, component (bot, web, reconcile), command, account, resources,
web (whether the web half runs in it).
*/}}
{{- define "vteam-bot.pod" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
metadata:
  labels:
    {{- with $values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
    {{- include "vteam-bot.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
  annotations:
    {{- with $values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
    checksum/config: {{ include "vteam-bot.settings" $root | sha256sum }}
spec:
  serviceAccountName: {{ .account }}
  automountServiceAccountToken: true
  # A Service called "vteam" would set VTEAM_PORT=tcp://… in here.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  securityContext: {{- toYaml $values.podSecurityContext | nindent 4 }}
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "vteam-bot.image" $root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      command: [vteam, {{ .command }}]
      envFrom:
        - configMapRef: {name: {{ include "vteam-bot.fullname" $root }}}
      env:
        {{- include "vteam-bot.secrets" . | trim | nindent 8 }}
        - {name: HOME, value: /tmp}
        - {name: TMPDIR, value: /tmp}
        {{- with $values.extraEnv }}{{ toYaml . | nindent 8 }}{{ end }}
      ports:
        - {name: http, containerPort: 8080}
      startupProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 5
        timeoutSeconds: 5
      {{- if .web }}
      lifecycle:
        # The endpoints forget this pod while it still answers.
        preStop: {exec: {command: [sleep, "5"]}}
      {{- end }}
      resources: {{- toYaml .resources | nindent 8 }}
      securityContext: {{- toYaml $values.securityContext | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        - {name: github, mountPath: /var/run/secrets/vteam/github, readOnly: true}
        {{- with $values.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{ end }}
  volumes:
    - name: data
      {{- include "vteam-bot.data" $root | nindent 6 }}
    - name: tmp
      emptyDir: {sizeLimit: {{ $values.scratchSize | quote }}}
    - name: github
      secret:
        secretName: {{ $values.github.privateKey.existingSecret | quote }}
        defaultMode: 0440
        items:
          - {key: {{ $values.github.privateKey.key | quote }}, path: private-key.pem}
    {{- with $values.extraVolumes }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- range $field := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "priorityClassName" }}
  {{- with get $values $field }}
  {{ $field }}: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end -}}

{{/* Each half gets the secrets that it needs: what comes in and models are the web half's. A list, for toYaml. */}}
{{- define "vteam-bot.secrets" -}}
{{- $values := .root.Values -}}
{{- $wanted := list (list "VTEAM_DATABASE_URL" $values.database.existingSecret $values.database.key) -}}
{{- with $values.slack.botToken }}{{ $wanted = append $wanted (list "VTEAM_SLACK_BOT_TOKEN" .existingSecret .key) }}{{ end -}}
{{- if .web -}}
{{- with $values.slack.signingSecret }}{{ $wanted = append $wanted (list "VTEAM_SLACK_SIGNING_SECRET" .existingSecret .key) }}{{ end -}}
{{- with $values.slack.appToken }}{{ $wanted = append $wanted (list "VTEAM_SLACK_APP_TOKEN" .existingSecret .key) }}{{ end -}}
{{- with $values.github.webhookSecret }}{{ $wanted = append $wanted (list "VTEAM_GITHUB_WEBHOOK_SECRET" .existingSecret .key) }}{{ end -}}
{{- with $values.model.apiKey }}{{ $wanted = append $wanted (list "ANTHROPIC_API_KEY" .existingSecret .key) }}{{ end -}}
{{- end -}}
{{- range $wanted }}
{{- if index . 1 }}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef: {name: {{ index . 1 | quote }}, key: {{ index . 2 | quote }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* Whether the one pod keeps its store in a volume. */}}
{{- define "vteam-bot.persistent" -}}
{{- if and .Values.persistence.enabled (not .Values.split.enabled) (not .Values.database.existingSecret) -}}yes{{- end -}}
{{- end -}}

{{- define "vteam-bot.data" -}}
{{- if include "vteam-bot.persistent" . -}}
persistentVolumeClaim: {claimName: {{ default (include "vteam-bot.fullname" .) .Values.persistence.existingClaim | quote }}}
{{- else -}}
emptyDir: {sizeLimit: {{ .Values.scratchSize | quote }}}
{{- end -}}
{{- end -}}
