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

{{- /* Pods of `helm test`: no service sends requests to them. */ -}}
{{- define "oarlock.testSelector" -}}
app.kubernetes.io/name: oarlock-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* Where rules are: the mounted file, and the resources of the cluster. */ -}}
{{- define "oarlock.repositories" -}}
{{- $places := list "file:///etc/oarlock-rules/rules.yaml" -}}
{{- with .Values.clusterRules -}}
{{- if .enabled -}}
{{- $parameters := list -}}
{{- with .labelSelector }}{{ $parameters = append $parameters (printf "labelSelector=%s" (urlquery .)) }}{{ end -}}
{{- if not .status }}{{ $parameters = append $parameters "status=false" }}{{ end -}}
{{- range .namespaces | default (list "") -}}
{{- $place := printf "kubernetes://%s" . -}}
{{- with $parameters }}{{ $place = printf "%s?%s" $place (join "&" .) }}{{ end -}}
{{- $places = append $places $place -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $places -}}
{{- end -}}

{{- define "oarlock.config" -}}
{{- $own := dict
  "serve" (dict
    "api" (dict "port" 4456)
    "grpc" (dict "port" 4457)
    "proxy" (dict "port" 4455 "enabled" .Values.proxy.enabled)
    "prometheus" (dict "port" 9000)
    "shutdown" (dict "drain" .Values.shutdown.drain "timeout" .Values.shutdown.timeout))
  "access_rules" (dict "repositories" (include "oarlock.repositories" . | fromYamlArray)) -}}
{{- mergeOverwrite $own (deepCopy .Values.config) | toYaml -}}
{{- end -}}
