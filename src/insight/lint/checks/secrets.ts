/** `secret-in-file`: values that are masked wherever they are shown. */
import { isJsonObject, type JsonObject, type JsonValue, tryJson } from '../../../lib/json.ts'
import { maskSecrets } from '../../../lib/mask-secrets.ts'
import type { Check, Draft } from '../draft.ts'
import type { Linted, LintedRule, Path } from '../linted.ts'

export const checkSecrets: Check = linted => [
  ...checkConfig(linted),
  ...linted.rules.flatMap(checkRule),
]

const advice =
  'whoever reads the file has it: give it with an environment variable, whose name may end in _FILE'

const checkConfig = ({ loaded: { config, originOf } }: Linted): readonly Draft[] =>
  secretsIn(config as unknown as JsonObject)
    .filter(path => originOf(path).kind === 'file')
    .map(path => ({
      code: 'secret-in-file',
      message: `${path.join('.')}: found a secret: ${advice}`,
      path,
    }))

function checkRule(rule: LintedRule): readonly Draft[] {
  return rule.handlers.flatMap(({ stage, handler, reference, path }) =>
    secretsIn(isJsonObject(reference.config) ? reference.config : {}).map(within => ({
      code: 'secret-in-file' as const,
      message: `${stage} "${handler}": config.${within.join('.')}: found a secret: whoever reads the rules has it: give it in the configuration, with an environment variable`,
      rule,
      path: [...path, 'config', ...within],
    })),
  )
}

/** The paths of the texts that masking changes; public keys and certificates are no secrets. */
function secretsIn(value: JsonObject): readonly Path[] {
  return changed([value, maskSecrets(value)], []).filter(path => !isPublic(value, path))
}

type Pair = readonly [written: JsonValue, masked: JsonValue]

function changed([written, masked]: Pair, path: Path): readonly Path[] {
  if (typeof written === 'string') return written === masked ? [] : [path]
  if (typeof written !== 'object' || written === null) return []
  return Object.entries(written).flatMap(([key, item]) =>
    changed([item as JsonValue, memberOf(masked, key)], [...path, keyOf(written, key)]),
  )
}

const keyOf = (parent: object, key: string): string | number =>
  Array.isArray(parent) ? Number(key) : key

const memberOf = (value: JsonValue, key: string): JsonValue =>
  typeof value === 'object' && value !== null
    ? ((value as Readonly<Record<string, JsonValue>>)[key] ?? null)
    : null

function isPublic(root: JsonObject, path: Path): boolean {
  if (path.includes('repositories')) return /^inline:/i.test(textAt(root, path))
  const section = path.at(-2)
  if (path.at(-1) === 'base64') return section !== 'key'
  const text = textAt(root, path)
  return /^inline:/i.test(text) && !hasPrivateKey(text)
}

function textAt(root: JsonObject, path: Path): string {
  let value: JsonValue = root
  for (const key of path) value = memberOf(value, String(key))
  return typeof value === 'string' ? value : ''
}

/** A key set as part of the URL: `d` is in every private key, `k` is a shared one. */
function hasPrivateKey(location: string): boolean {
  const text = Buffer.from(location.replace(/^[a-z]+:(?:\/\/)?/i, ''), 'base64').toString()
  const set = tryJson(text)
  const keys = isJsonObject(set) && Array.isArray(set['keys']) ? set['keys'] : []
  return keys.some(key => isJsonObject(key) && ('d' in key || 'k' in key))
}
