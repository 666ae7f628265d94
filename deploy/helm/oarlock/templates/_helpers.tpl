{{- define "oarlock.name" -}}
{{- printf "%s" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "oarlock.selector" -}}
app.kubernetes.io/name: oarlock
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "oarlock.labels" -}}
{{ include "oarlock.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "oarlock.config" -}}
{{- $own := dict
  "serve" (dict
    "api" (dict "port" 4456)
    "grpc" (dict "port" 4457)
    "proxy" (dict "port" 4455 "enabled" .Values.proxy.enabled)
    "prometheus" (dict "port" 9000)
    "shutdown" (dict "drain" .Values.shutdown.drain "timeout" .Values.shutdown.timeout))
  "access_rules" (dict "repositories" (list "file:///etc/oarlock-rules/rules.yaml")) -}}
{{- mergeOverwrite $own (deepCopy .Values.config) | toYaml -}}
{{- end -}}
