/** Local key sets: `weak-key`, `expired-key`, `symmetric-key`. */
import { createPublicKey } from 'node:crypto'
import { textOf } from '../../../lib/bytes.ts'
import { isJsonObject, type JsonObject, tryJson } from '../../../lib/json.ts'
import { withoutSecrets } from '../../../lib/location.ts'
import { createMemory } from '../../../lib/remember.ts'
import { certificateEnd, dayOf } from '../certificate-end.ts'
import { type Check, type Draft, settingOf } from '../draft.ts'
import type { LintedRule, UsedHandler } from '../linted.ts'
import { readBounded } from '../read-bounded.ts'

export const checkKeys: Check = async ({ rules }) => {
  const load = createMemory<Promise<readonly KeyProblem[]>>()
  const drafts = await Promise.all(
    usesOf(rules).map(async use => {
      const problems = await load(use.location, () => problemsAt(use.location))
      return problems.map(problem => toDraft(use, problem))
    }),
  )
  return drafts.flat()
}

interface KeyProblem {
  readonly code: 'weak-key' | 'expired-key' | 'symmetric-key'
  readonly message: string
}

interface Use {
  readonly rule: LintedRule
  readonly used: UsedHandler
  readonly key: string
  readonly location: string
}

/** The first use of each local key set. */
function usesOf(rules: readonly LintedRule[]): readonly Use[] {
  const first = new Map<string, Use>()
  for (const use of rules.flatMap(localUses)) {
    if (!first.has(use.location)) first.set(use.location, use)
  }
  return [...first.values()]
}

const localUses = (rule: LintedRule): readonly Use[] =>
  rule.handlers.flatMap(used =>
    locationsOf(used)
      .filter(([, location]) => /^(?:file|inline|base64):/i.test(location))
      .map(([key, location]) => ({ rule, used, key, location })),
  )

function locationsOf({ config }: UsedHandler): readonly (readonly [string, string])[] {
  const { jwks_urls: several, jwks_url: one } = config
  const urls = Array.isArray(several) ? several.map(url => ['jwks_urls', url] as const) : []
  return [...urls, ['jwks_url', one] as const].flatMap(([key, url]) =>
    typeof url === 'string' ? [[key, textOf(url)] as const] : [],
  )
}

const toDraft = ({ rule, used, key, location }: Use, { code, message }: KeyProblem): Draft => ({
  code,
  message: `${settingOf(used, key)}: ${shown(location)}: ${message}`,
  rule,
  path: [...used.path, 'config', key],
})

const shown = (location: string): string =>
  /^file:/i.test(location) ? withoutSecrets(location) : 'an inline key set'

const largestFile = 4 * 2 ** 20

async function problemsAt(location: string): Promise<readonly KeyProblem[]> {
  const [, scheme = '', rest = ''] = /^([a-z0-9]+):(?:\/\/)?(.*)$/is.exec(location) ?? []
  const text =
    scheme.toLowerCase() === 'file'
      ? await readBounded(pathOf(rest), largestFile)
      : Buffer.from(rest, 'base64').toString('latin1')
  const set = tryJson(text)
  const keys = isJsonObject(set) && Array.isArray(set['keys']) ? set['keys'] : []
  return keys.slice(0, 1000).filter(isJsonObject).flatMap(problemsOf)
}

/** The decoded path; as it is where an escape is not valid. */
function pathOf(written: string): string {
  try {
    return decodeURIComponent(written)
  } catch {
    return written
  }
}

function problemsOf(jwk: JsonObject): readonly KeyProblem[] {
  const name = `the key ${JSON.stringify(String(jwk['kid'] ?? '').slice(0, 80))}`
  const bits = bitsOf(jwk)
  const end = endOf(jwk)
  const found = (code: KeyProblem['code'], text: string): KeyProblem => ({
    code,
    message: `${name} ${text}`,
  })
  return [
    ...(jwk['kty'] === 'oct' && bits < 256
      ? [found('weak-key', `has ${bits} bits: a shared key needs 256 at least`)]
      : []),
    ...(jwk['kty'] === 'RSA' && bits > 0 && bits < 2048
      ? [found('weak-key', `has ${bits} bits: an RSA key needs 2048 at least`)]
      : []),
    ...(jwk['kty'] === 'oct'
      ? [found('symmetric-key', 'is a shared key: whoever can verify a token with it can make one')]
      : []),
    ...(end !== undefined && end < Date.now()
      ? [found('expired-key', `has expired ${dayOf(end)}`)]
      : []),
  ]
}

function bitsOf(jwk: JsonObject): number {
  if (jwk['kty'] === 'oct') return Buffer.from(String(jwk['k'] ?? ''), 'base64url').length * 8
  if (jwk['kty'] !== 'RSA') return 0
  try {
    const { n, e } = jwk
    const key = createPublicKey({ key: { kty: 'RSA', n: String(n), e: String(e) }, format: 'jwk' })
    return key.asymmetricKeyDetails?.modulusLength ?? 0
  } catch {
    return 0
  }
}

/** When it ends, in milliseconds: by the member `exp` or by its certificate. */
function endOf({ exp, x5c }: JsonObject): number | undefined {
  if (typeof exp === 'number' && Number.isFinite(exp)) return exp * 1000
  const [first] = Array.isArray(x5c) ? x5c : []
  if (typeof first !== 'string') return undefined
  return certificateEnd(Buffer.from(first, 'base64'))
}
