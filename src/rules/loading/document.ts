/**
 * Reads a rule document: a list of rules in JSON or YAML 1.1 (the first document). JSON is tried first. Known keys
 * are accepted in any case; unknown keys are ignored with a warning. One value of a wrong type makes the whole
 * document invalid, as in Oathkeeper; the problem names the rule and the field.
 */
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import type { RuleDefinition } from '../definition.ts'
import { migrateAuthorizer } from './migrate.ts'
import { parseText } from './parse-text.ts'
import { readBody } from './read-body.ts'
import { readMatch } from './read-match.ts'
import {
  type Reading,
  readAuthenticators,
  readAuthorizers,
  readReference,
  readReferences,
} from './read-references.ts'
import { createReader, type Reader } from './reader.ts'

export interface RuleDocument {
  readonly kind: 'document'
  readonly rules: readonly RuleDefinition[]
  readonly warnings: readonly string[]
}

export interface DocumentProblem {
  readonly kind: 'document_problem'
  readonly message: string
}

/** Parses UTF-8 text to rules. */
export function parseDocument(text: string): RuleDocument | DocumentProblem {
  try {
    const warnings: string[] = []
    const list = parseText(text, message => warnings.push(message))
    if (list === null || list === undefined) return { kind: 'document', rules: [], warnings: [] }
    if (!Array.isArray(list)) {
      return problem(`expected a list of rules at the top, found ${nameOf(list)}`)
    }
    const reader = createReader(message => warnings.push(message))
    return readRules(reader, list, warnings)
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error))
  }
}

/** All rules are read, so that the problem names each one that has a value of a wrong type. */
function readRules(
  reader: Reader,
  list: readonly JsonValue[],
  warnings: readonly string[],
): RuleDocument | DocumentProblem {
  const problems: string[] = []
  const rules: RuleDefinition[] = []
  for (const [i, item] of list.entries()) {
    try {
      rules.push(readRule(reader, item, i))
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      problems.push(error.message)
    }
  }
  if (problems.length === 0) return { kind: 'document', rules, warnings }
  const more = problems.length > mostProblems ? `; and ${problems.length - mostProblems} more` : ''
  return problem(`${problems.slice(0, mostProblems).join('; ')}${more}`)
}

/** Rules that one problem names. */
const mostProblems = 20

const problem = (message: string): DocumentProblem => ({ kind: 'document_problem', message })

const nameOf = (value: JsonValue): string =>
  isJsonObject(value)
    ? 'an object'
    : `${typeof value === 'object' ? 'a list' : `a ${typeof value}`}`

/** The members of a rule. */
export const ruleKeys = [
  'id',
  'version',
  'description',
  'match',
  'authenticators',
  'authorizer',
  'authorizers',
  'mutators',
  'errors',
  'body',
  'upstream',
]

function readRule(reader: Reader, item: JsonValue, i: number): RuleDefinition {
  const place = `rule ${i + 1}`
  const rule = reader.object(item ?? {}, place, ruleKeys)
  const id = reader.text(rule['id'], `${place}: id`)
  const at = id === '' ? place : `rule "${id}"`
  const problems: string[] = []
  const reading: Reading = { reader, rule: at, problems }
  const version = reader.text(rule['version'], `${at}: version`)
  if (version !== '' && !semver.test(version)) {
    throw new TypeError(
      `${at}: version: found "${version}", expected a full version such as v0.40.0`,
    )
  }
  return {
    id,
    version,
    description: reader.text(rule['description'], `${at}: description`),
    match: readMatch(reader, rule['match'] ?? null, `${at}: match`),
    authenticators: readAuthenticators(reading, rule['authenticators'], 'authenticators'),
    authorizer: migrateAuthorizer(
      version,
      readReference(reading, rule['authorizer'] ?? {}, 'authorizer'),
    ),
    ...readAuthorizers(reading, rule),
    mutators: readReferences(reading, rule['mutators'], 'mutators'),
    errors: readReferences(reading, rule['errors'], 'errors'),
    ...readBody(problems, rule['body']),
    upstream: readUpstream(reader, rule['upstream'] ?? {}, `${at}: upstream`),
    ...(problems.length > 0 ? { problem: problems.join('; ') } : {}),
  }
}

const semver = /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/

function readUpstream(reader: Reader, value: JsonValue, place: string) {
  const upstream = reader.object(value, place, ['url', 'preserve_host', 'strip_path'])
  return {
    preserveHost: reader.boolean(upstream['preserve_host'], `${place}.preserve_host`),
    stripPath: reader.text(upstream['strip_path'], `${place}.strip_path`),
    url: reader.text(upstream['url'], `${place}.url`),
  }
}
