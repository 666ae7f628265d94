import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { bytesOf } from '../../lib/bytes.ts'
import { durationPattern, parseDuration } from '../../lib/duration.ts'
import { isJsonObject, type JsonObject, toByteStrings, tryJson } from '../../lib/json.ts'
import { signerOf } from '../../outbound/key-sets.ts'
import type { Output } from '../output.ts'

export interface TokenOptions {
  /** Path of a key set, or `-` for standard input. */
  readonly jwks: string
  readonly kid?: string
  readonly subject?: string
  readonly issuer?: string
  readonly audience?: readonly string[]
  readonly scope?: readonly string[]
  readonly ttl: string
  /** Text of a JSON object. */
  readonly claims?: string
}

/** Prints a token for local development, signed by a key of the set. 1, and a message: it cannot be signed. */
export async function token(options: TokenOptions, output: Output): Promise<number> {
  try {
    const claims = claimsOf(options)
    const signer = await signerOf(
      bytesOf(await read(options.jwks)),
      options.kid && bytesOf(options.kid),
    )
    if (signer.kind === 'signing_problem') throw new Error(`--jwks: ${signer.message}`)
    output.out(`${await signer.sign(claims)}\n`)
    return 0
  } catch (error) {
    output.err(`${(error as Error).message}\n`)
    return 1
  }
}

async function read(path: string): Promise<string> {
  if (path === '-') return readAll(process.stdin)
  try {
    return await readFile(path.replace(/^file:\/\//, ''), 'utf8')
  } catch (error) {
    throw new Error(`--jwks: ${(error as Error).message}`)
  }
}

/** Flags win over `--claims`. */
function claimsOf(options: TokenOptions): JsonObject {
  const issued = Math.floor(Date.now() / 1000)
  const { subject, issuer, audience, scope } = options
  const named = {
    iss: issuer,
    sub: subject,
    aud: audience?.length === 1 ? audience[0] : audience,
    scope: scope?.join(' '),
  }
  const given = Object.entries(named).filter(([, value]) => value !== undefined)
  const claims = {
    jti: randomUUID(),
    iat: issued,
    nbf: issued,
    exp: issued + Math.floor(lifetimeOf(options.ttl) / 1000),
    ...ownClaims(options.claims),
    ...Object.fromEntries(given),
  }
  return toByteStrings(claims as JsonObject) as JsonObject
}

function lifetimeOf(ttl: string): number {
  if (new RegExp(durationPattern).test(ttl)) return parseDuration(ttl)
  throw new Error(`--ttl: found "${ttl}", expected a whole number and a unit, such as 30m or 1h`)
}

function ownClaims(text: string | undefined): JsonObject {
  const claims: unknown = text === undefined ? {} : tryJson(text, JSON.parse)
  if (isJsonObject(claims)) return claims
  throw new Error('--claims: expected a JSON object, such as \'{"role":"admin"}\'')
}
