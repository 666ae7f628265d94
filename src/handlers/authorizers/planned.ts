/** Authorizers of the original that this version reads in the configuration and cannot run yet. */
import { durationPattern } from '../../lib/duration.ts'

const duration = { type: 'string', pattern: durationPattern } as const

const remoteCall = {
  remote: { type: 'string', format: 'uri', description: 'The service that is asked.' },
  headers: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Headers of the call; values are templates over the session.',
  },
  forward_response_headers_to_upstream: {
    type: 'array',
    items: { type: 'string' },
    uniqueItems: true,
    default: [],
    description: 'Headers of the answer that the upstream gets.',
  },
  retry: {
    type: 'object',
    additionalProperties: false,
    description: 'How failed calls are repeated.',
    properties: {
      max_delay: { ...duration, default: '100ms', description: 'The longest wait between two.' },
      give_up_after: { ...duration, default: '1s', description: 'The longest Retry-After wait.' },
    },
  },
} as const

const remote = {
  type: 'object',
  additionalProperties: false,
  required: ['remote'],
  properties: remoteCall,
} as const

const remoteJson = {
  type: 'object',
  additionalProperties: false,
  required: ['remote', 'payload'],
  properties: {
    ...remoteCall,
    payload: { type: 'string', description: 'A template that gives the JSON body of the call.' },
  },
} as const

const ketoEngine = {
  type: 'object',
  additionalProperties: false,
  required: ['base_url', 'required_action', 'required_resource'],
  properties: {
    base_url: { type: 'string', format: 'uri', description: 'The Keto service.' },
    required_action: { type: 'string', description: 'A template that gives the action.' },
    required_resource: { type: 'string', description: 'A template that gives the resource.' },
    subject: { type: 'string', description: "A template; without it the session's subject." },
    flavor: { type: 'string', description: 'How Keto compares; empty: `regex`.' },
  },
} as const

/** Config name to the schema of its config. What is in the table of kinds does not belong here. */
export const plannedAuthorizers = {
  keto_engine_acp_ory: ketoEngine,
  remote,
  remote_json: remoteJson,
} as const
