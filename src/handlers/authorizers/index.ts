import type { Kind, Step } from '../kind.ts'
import { allow } from './allow.ts'
import { cel } from './cel.ts'
import { deny } from './deny.ts'
import { ketoEngineAcpOry } from './keto-engine-acp-ory.ts'
import { remote } from './remote.ts'
import { remoteJson } from './remote-json.ts'

/** Config names and their kinds. A new authorizer is one file and one line here. */
export const authorizers = {
  allow,
  cel,
  deny,
  keto_engine_acp_ory: ketoEngineAcpOry,
  remote,
  remote_json: remoteJson,
} as const satisfies Record<string, Kind<never, Step>>
