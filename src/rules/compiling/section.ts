/**
 * Compiles the handler references of one pipeline section at load. Each config is merged and validated here,
 * once; equal configs share one runnable.
 */

import {
  literalTemplates,
  literalWarning,
  templatesReadBody,
} from '../../handlers/config-templates.ts'
import type { ChallengeParts, Deps, Kind } from '../../handlers/kind.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { deepMerge } from '../../lib/merge.ts'
import { type SchemaIssue, type Validate, validateWith } from '../../lib/schema.ts'
import type { CredentialSource } from '../../model/session.ts'
import type { Stage } from '../../model/trace.ts'
import type { HandlerReference } from '../definition.ts'
import { handlerValidators } from './generated/handler-validators.ts'
import type { SectionSettings } from './settings.ts'

/** A compiled handler of one rule. */
export interface Runnable<Run, S extends Stage = Stage> {
  readonly stage: S
  readonly handler: string
  readonly config: JsonObject
  readonly asksOutside?: true | undefined
  readonly run: Run
  readonly owns: readonly string[]
  /** Canonical names of headers that a mutator sets in the client's answer. */
  readonly answers: readonly string[]
  /** What a challenge says about an authenticator. */
  readonly challenge: ChallengeParts
  /** It reads the parsed body, which only a rule with `body` has. */
  readonly readsParsedBody: boolean
  /** Named captures of the match without which it fails. */
  readonly needsCaptures: readonly string[]
  readonly signsWith: string | undefined
  /** Every place from which an authenticator reads its credential; empty: any place, or none. */
  readonly credentials: readonly CredentialSource[]
  readonly warnings: readonly string[]
}

/** Why a reference cannot run. A rule with such a reference denies. */
export interface HandlerProblem {
  readonly kind: 'handler_problem'
  readonly message: string
}

export type CompileReference<Run, S extends Stage = Stage> = (
  reference: HandlerReference,
) => Runnable<Run, S> | HandlerProblem

export interface Section<Run, S extends Stage = Stage> {
  readonly stage: S
  readonly kinds: Readonly<Record<string, Kind<never, Run>>>
  readonly settings: SectionSettings
}

export const isProblem = <T extends object>(value: T | HandlerProblem): value is HandlerProblem =>
  'kind' in value && value.kind === 'handler_problem'

export function createSectionCompiler<Run, S extends Stage>(
  section: Section<Run, S>,
  deps: Deps,
): CompileReference<Run, S> {
  const made = new Map<string, Runnable<Run, S> | HandlerProblem>()
  const compile = (reference: HandlerReference): Runnable<Run, S> | HandlerProblem => {
    const known = lookUp(section, reference)
    if (isProblem(known)) return known
    const config = mergedConfig(known, reference.config)
    if (isProblem(config)) return inSection(section, reference, config)
    const issues = known.kind.unchecked ? [] : validatorOf(section, reference)(config)
    if (issues.length > 0) return inSection(section, reference, badConfig(issues))
    return create({ section, reference, kind: known.kind, config }, deps)
  }
  return reference => {
    // What else a reference says is not part of the handler.
    const key = `${reference.handler} ${JSON.stringify(reference.config)}`
    const before = made.get(key)
    if (before) return before
    const result = compile(reference)
    made.set(key, result)
    return result
  }
}

/** Throws when there is none, which is a bug: a config is never used unchecked. */
function validatorOf<Run>({ stage }: Section<Run>, { handler }: HandlerReference): Validate {
  const name = `${stage}_${handler}`
  const check = Object.hasOwn(handlerValidators, name) ? handlerValidators[name] : undefined
  if (check === undefined) throw new Error(`no validator was generated for ${name}`)
  return validateWith(check)
}

const problem = (message: string): HandlerProblem => ({ kind: 'handler_problem', message })

const inSection = <Run>(
  { stage }: Section<Run>,
  { handler }: HandlerReference,
  { message }: HandlerProblem,
): HandlerProblem => problem(`${stage} "${handler}": ${message}`)

/** A handler that exists, with its config of the configuration. */
export interface Known<Run> {
  readonly kind: Kind<never, Run>
  readonly global: JsonObject
}

function lookUp<Run>(
  { stage, kinds, settings }: Section<Run>,
  { handler }: HandlerReference,
): Known<Run> | HandlerProblem {
  const setting = Object.hasOwn(settings, handler) ? settings[handler] : undefined
  const kind = Object.hasOwn(kinds, handler) ? kinds[handler] : undefined
  if (handler === '') return problem(`${stage}: no handler is named`)
  if (kind === undefined && setting === undefined) {
    const names = Object.keys(kinds).sort().join(', ')
    return problem(`${stage} "${handler}" does not exist; there are ${names}`)
  }
  if (!setting?.enabled) return problem(`${stage} "${handler}" is disabled in the configuration`)
  if (kind === undefined) return problem(`${stage} "${handler}" is not in this version`)
  return { kind, global: setting.config ?? {} }
}

export function mergedConfig<Run>(known: Known<Run>, own: JsonValue): JsonObject | HandlerProblem {
  if (known.kind.unchecked) return {}
  if (own !== null && !isJsonObject(own)) {
    return problem(`config: found ${JSON.stringify(own).slice(0, 60)}, expected an object`)
  }
  return deepMerge(withoutReplaced(known, own ?? {}), own ?? {}) as JsonObject
}

/**
 * `token_from` names one place: the rule's value replaces the global one instead of being merged with it. So do keys that
 * exclude each other.
 */
function withoutReplaced<Run>({ kind, global }: Known<Run>, own: JsonObject): JsonObject {
  const replaced = new Set(
    Object.keys(own).flatMap(key =>
      Object.hasOwn(kind.replaces ?? {}, key) ? (kind.replaces?.[key] ?? []) : [],
    ),
  )
  if (Object.hasOwn(own, 'token_from')) replaced.add('token_from')
  if (replaced.size === 0) return global
  return Object.fromEntries(Object.entries(global).filter(([key]) => !replaced.has(key)))
}

const badConfig = (issues: readonly SchemaIssue[]): HandlerProblem =>
  problem(
    issues
      .map(
        ({ path, found, expected }) =>
          `${['config', ...path].join('.')}: found ${found}, expected ${expected}`,
      )
      .join('; '),
  )

interface Creation<Run, S extends Stage> {
  readonly section: Section<Run, S>
  readonly reference: HandlerReference
  readonly kind: Kind<never, Run>
  readonly config: JsonObject
}

const none: readonly string[] = []
const noParts: ChallengeParts = {}

function create<Run, S extends Stage>(
  creation: Creation<Run, S>,
  deps: Deps,
): Runnable<Run, S> | HandlerProblem {
  const { section, reference, kind } = creation
  // The schema check above proves that the config has the kind's type.
  const config = creation.config as never
  const located = (text: string): string => `${section.stage} "${reference.handler}": ${text}`
  try {
    return {
      stage: section.stage,
      handler: reference.handler,
      config: creation.config,
      asksOutside: kind.asksOutside,
      run: kind.create(config, deps),
      owns: kind.owns?.(config) ?? none,
      answers: kind.answers?.(config) ?? none,
      challenge: kind.challenge?.(config) ?? noParts,
      readsParsedBody: readsParsedBody(creation),
      needsCaptures: kind.needsCaptures?.(config) ?? none,
      signsWith: kind.signsWith?.(config),
      credentials: kind.credentials?.(config) ?? [],
      warnings: literalTemplates(creation.config, kind.templates ?? [])
        .map(literalWarning)
        .map(located),
    }
  } catch (error) {
    return inSection(
      section,
      reference,
      problem(error instanceof Error ? error.message : String(error)),
    )
  }
}

const readsParsedBody = <Run, S extends Stage>({ kind, config }: Creation<Run, S>): boolean =>
  kind.readsParsedBody?.(config as never) ?? templatesReadBody(config, kind.templates ?? [])
