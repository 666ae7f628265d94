/** An explanation for people. */
import type {
  AnswerText,
  ExplainedCandidate,
  Explanation,
  StepText,
} from '../../explain/explanation.ts'
import { paint } from '../colours.ts'

interface Style {
  readonly hasColours: boolean
}

const good = (text: string, style: Style): string => paint(text, 'green', style)
const bad = (text: string, style: Style): string => paint(text, 'red', style)
const title = (text: string, style: Style): string => paint(text, 'bold', style)

export function prettyExplanation(explanation: Explanation, style: Style): string {
  const sections = [
    [outcomeLine(explanation, style)],
    requestLines(explanation, style),
    ruleLines(explanation, style),
    stepLines(explanation.steps, style),
    answerLines(explanation, style),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function outcomeLine({ outcome, rule, answers, request }: Explanation, style: Style): string {
  const status = answers[request.door]?.status
  const by = rule === null ? '' : ` by rule "${rule}"`
  switch (outcome.kind) {
    case 'allow':
      return `${good('allowed', style)}${by}`
    case 'undecided':
      return `${paint('undecided', 'yellow', style)}${by}: ${whatIsMissing(outcome.missing)}`
    default:
      return `${bad('denied', style)} with ${status} (${outcome.code})${by}: ${outcome.reason}`
  }
}

const isCall = (missing: string): boolean => /^[A-Z]+ \w+:/.test(missing)

/** Calls that were not made, or what the log does not have. */
const whatIsMissing = (missing: readonly string[]): string =>
  missing.every(isCall)
    ? `${missing.join(', ')} was not called. Give an answer with --stub, or use --live.`
    : `the log does not have ${missing.join(', ')}`

function requestLines({ request }: Explanation, style: Style): readonly string[] {
  const { method, url, sent, changes, door } = request
  return [
    title(`Request (door ${door})`, style),
    `  sent     ${method} ${sent}`,
    `  matched  ${url === null ? 'nothing: the door refuses it' : `${method} ${url}`}`,
    ...changes.map(change => `           ${change}`),
  ]
}

function ruleLines(explanation: Explanation, style: Style): readonly string[] {
  const { candidates, nearest, request } = explanation
  const { url } = request
  if (url === null) return []
  if (candidates.length === 0) {
    return [
      title('Rules', style),
      '  no rule has the host of this request',
      ...nearestLines(nearest),
    ]
  }
  const hits = candidates.filter(isHit)
  return [
    title('Rules', style),
    ...(hits.length > 1 && explanation.rule === null
      ? [`  ${hits.length} rules match, and exactly one has to`]
      : []),
    ...candidates.flatMap(candidate => candidateLines(candidate, request.method, { url, style })),
    ...nearestLines(nearest),
  ]
}

const isHit = ({ parts }: ExplainedCandidate): boolean => parts.every(({ hit }) => hit)

interface Shown {
  readonly url: string
  readonly style: Style
}

function candidateLines(
  candidate: ExplainedCandidate,
  method: string,
  { url, style }: Shown,
): readonly string[] {
  const name = `"${candidate.rule}"${candidate.default ? ' (default rule)' : ''}`
  if (isHit(candidate)) return [`  ${good('match', style)}  ${name}`]
  const misses = candidate.parts.filter(({ hit }) => !hit)
  return [
    `  ${bad('miss', style)}   ${name}`,
    ...misses.flatMap(({ part, expected, at }) => [
      `           ${part}: the rule wants ${expected}`,
      ...(at === undefined
        ? []
        : [`           ${method} ${url}`, `           ${' '.repeat(method.length + 1 + at)}^`]),
    ]),
  ]
}

const nearestLines = (nearest: Explanation['nearest']): readonly string[] =>
  nearest.map(
    ({ rule, misses }) =>
      `  nearest: "${rule}", if ${misses.join(', ')} ${misses.length > 1 ? 'were' : 'was'} different`,
  )

const stepLines = (steps: readonly StepText[], style: Style): readonly string[] =>
  steps.length === 0
    ? []
    : [title('Steps', style), ...steps.flatMap(step => linesOfStep(step, style))]

function linesOfStep(step: StepText, style: Style): readonly string[] {
  const { stage, handler, branch, outcome, reason, us, reads } = step
  const place = branch === undefined ? '' : ` ${branch}`
  const result = outcome === 'ok' ? good(outcome, style) : outcome
  const after = outcome === 'skipped' ? ' (its `when` is false)' : `, ${us} µs`
  return [
    `  ${stage}${place} ${handler ?? '(group)'}: ${result}${after}`,
    ...(reason === undefined ? [] : [`      ${reason}`]),
    ...(reads.length === 0 ? [] : [`      reads ${reads.join('; ')}`]),
  ]
}

function answerLines({ answers, headers, outcome }: Explanation, style: Style): readonly string[] {
  if (outcome.kind === 'undecided') return []
  const owned = headers.owned.length === 0 ? [] : [`  owned    ${headers.owned.join(', ')}`]
  return [
    title('Answers', style),
    ...Object.entries(answers).flatMap(([door, answer]) => doorLines(door, answer)),
    ...owned,
  ]
}

function doorLines(door: string, answer: AnswerText): readonly string[] {
  const { status, headers, removed, response_headers: added, body, target } = answer
  const indent = ' '.repeat(13)
  return [
    `  ${door.padEnd(11)}${status}${target === undefined ? '' : ` → ${target}`}`,
    ...Object.entries(headers)
      .filter(isTelling)
      .map(([name, value]) => `${indent}${name}: ${value}`),
    ...removed.map(name => `${indent}removes ${name}`),
    ...Object.entries(added).map(([name, value]) => `${indent}answer: ${name}: ${value}`),
    ...(body === undefined ? [] : [`${indent}${body.trimEnd()}`]),
  ]
}

/** Not the length of the body that is shown, and not a header that is empty. */
const isTelling = ([name, value]: readonly [string, string]): boolean =>
  value !== '' && name !== 'content-length'
