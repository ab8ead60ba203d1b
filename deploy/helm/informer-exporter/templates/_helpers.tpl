{{- define "name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "selector" -}}
app.kubernetes.io/name: {{ include "name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "account" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed where serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "subjects" -}}
- kind: ServiceAccount
  name: {{ include "account" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* The settings: what the chart has values for, and "config" above them. */ -}}
{{- define "settings" -}}
{{- $own := dict
  "web.listen-address" (list (printf ":%v" 9798))
  "lookup" .Values.authFilter.enabled
  "auth-filter" .Values.authFilter.enabled
  "collector.cronworkflows" .Values.collectors.cronworkflows
  "collector.workflowtemplates" .Values.collectors.workflowtemplates
  "collector.clusterworkflowtemplates" .Values.collectors.clusterworkflowtemplates -}}
{{- with .Values.namespaces }}{{ $_ := set $own "namespaces" . }}{{ end -}}
{{- if .Values.tls.secretName }}{{ $_ := set $own "web.config.file" "/etc/informer-exporter/web.yaml" }}{{ end -}}
{{- with .Values.labelSelector }}{{ $_ := set $own "label-selector" . }}{{ end -}}
{{- if gt (int .Values.replicas) 1 }}{{ $_ := set $own "list.jitter" "5s" }}{{ end -}}
{{- if .Values.state.enabled }}{{ $_ := set $own "state.file" "/var/lib/informer-exporter/state" }}{{ end -}}
{{- toYaml (mergeOverwrite $own (deepCopy .Values.config)) -}}
{{- end }}

{{- define "probe" -}}
httpGet:
  path: {{ .path }}
  port: http
  {{- if .tls }}
  scheme: HTTPS
  {{- end }}
{{ toYaml .probe }}
{{- end }}

{{- define "endpoint" -}}
port: http
path: /metrics
{{- if .tls }}
scheme: https
{{- end }}
interval: {{ .monitor.interval }}
scrapeTimeout: {{ .monitor.scrapeTimeout }}
honorLabels: {{ .monitor.honorLabels }}
{{- with .monitor.endpoint }}
{{ toYaml . }}
{{- end }}
{{- end }}
