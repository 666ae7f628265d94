/** Settings of the filter that are not understood here. */
import { isJsonObject } from '../../../lib/json.ts'
import { type Located, textIn } from '../document.ts'

const known = new Set(
  'allowed_headers bootstrap_metadata_labels_key charge_cluster_response_stats clear_route_cache decoder_header_mutation_rules deny_at_disable disable_dynamic_metadata_ingestion disallowed_headers emit_filter_state_stats enable_dynamic_metadata_ingestion encode_raw_headers failure_mode_allow failure_mode_allow_header_add filter_enabled filter_metadata grpc_service http_service include_peer_certificate include_tls_session max_denied_response_body_bytes metadata_context_namespaces route_metadata_context_namespaces route_typed_metadata_context_namespaces stat_prefix status_on_error transport_api_version typed_metadata_context_namespaces validate_mutations with_request_body'.split(
    ' ',
  ),
)

/** Settings of the filter that say which requests are checked, or what is sent, and that nobody here understands. */
export function unknownKeys(config: Located): readonly string[] {
  if (!isJsonObject(config.value)) return []
  return Object.keys(config.value)
    .map(key => key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`))
    .filter(key => key !== '@type' && !known.has(key) && !isOfIstio(key, config))
    .map(key => `the setting ${key} of the filter is not known here`)
}

/** Istio's policies with the action CUSTOM choose the requests. */
const isOfIstio = (key: string, config: Located): boolean =>
  key === 'filter_enabled_metadata' &&
  textIn(config.get(key, 'path', 0, 'key')).startsWith('istio_ext_authz_')
