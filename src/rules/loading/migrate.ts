/** Converts rules that name an old version to the meaning that they had in that version. */
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { HandlerReference } from '../definition.ts'

/** Up to 0.37.0, `$1` in an access control policy meant the first capture group. */
export function migrateAuthorizer(version: string, authorizer: HandlerReference): HandlerReference {
  const { handler, config } = authorizer
  const isOld = version !== '' && hadGroups(version)
  if (!isOld || handler !== 'keto_engine_acp_ory' || !isJsonObject(config)) return authorizer
  return { handler, config: withGroups(config, ['required_action', 'required_resource']) }
}

function hadGroups(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version
    .replace(/^v/, '')
    .split('.')
    .map(Number.parseFloat)
  return major === 0 && (minor < 37 || (minor === 37 && patch === 0))
}

function withGroups(config: JsonObject, names: readonly string[]): JsonObject {
  const changed = names.flatMap(name => {
    const text = config[name]
    return typeof text === 'string' ? [[name, text.replace(/\$(\d{1,4})/g, groupOf)] as const] : []
  })
  return { ...config, ...Object.fromEntries(changed) }
}

const groupOf = (_: string, number: string): string =>
  `{{ printIndex .MatchContext.RegexpCaptureGroups (${Math.max(0, Number(number) - 1)}) }}`
