import type {
  Data,
  DataMap,
  PatternTable,
  Request,
  Scenario,
  Step,
  TemplateTable,
} from './types.ts'

/** One step of a scenario: a request with its expected result, or a change. */
export interface Check {
  readonly label: string
  readonly step: Step
  readonly expect: Data
  /** The only header that is compared together with the status; without it everything is compared. */
  readonly shown?: string
}

export interface Expanded {
  readonly rules: readonly Data[]
  readonly checks: readonly Check[]
}

/** Turns the tables of a scenario into rules and requests: one check per entry. */
export function expand(scenario: Scenario): Expanded {
  const tables = [expandTemplates(scenario.templates), expandPatterns(scenario.patterns)]
  const steps = (scenario.steps ?? []).map(step => plainCheck(step, scenario.ignore ?? []))
  return {
    rules: [...(scenario.rules ?? []), ...tables.flatMap(({ rules }) => rules)],
    checks: [...tables.flatMap(({ checks }) => checks), ...steps],
  }
}

const plainCheck = (step: Step, ignore: readonly string[]): Check => ({
  label: step.id ?? `${step.method ?? 'GET'} ${step.path ?? '/'}`,
  step: { ...step, ignore: [...ignore, ...(step.ignore ?? [])] },
  expect: step.expect ?? null,
})

const none: Expanded = { rules: [], checks: [] }
const padded = (number: number): string => String(number).padStart(3, '0')

/** Each template has a rule and a host of its own; the header mutator shows the result. */
function expandTemplates(table: TemplateTable | undefined): Expanded {
  if (table === undefined) return none
  const rules = table.cases.map(({ t }, i) => ({
    ...allowAll(`t${padded(i)}`, { url: `http://t${padded(i)}.test<.*>`, methods: ['GET'] }),
    authenticators: table.authenticators,
    mutators: [showing({ 'X-T': t })],
  }))
  const checks = table.cases.map(({ t, expect }, i): Check => {
    const label = `template ${i} ${t}`
    const path = table.path ?? '/decisions/things/42?q=1'
    const step: Request = {
      id: label,
      host: `t${padded(i)}.test`,
      path,
      ignore: table.ignore ?? [],
    }
    return {
      label,
      step: { ...step, headers: table.headers ?? {} },
      expect: expect ?? null,
      shown: 'x-t',
    }
  })
  return { rules, checks }
}

const allowAll = (id: string, match: DataMap): DataMap => ({
  id,
  upstream: { url: `http://\${DOWN}` },
  match,
  authorizer: { handler: 'allow' },
})

const showing = (headers: DataMap): DataMap => ({ handler: 'header', config: { headers } })

const groups =
  '{{ range $i, $g := .MatchContext.RegexpCaptureGroups }}{{ if $i }}|{{ end }}{{ $g }}{{ end }}'

/** Each pattern has a rule and a method of its own, so that no other rule can match its probes. */
function expandPatterns(table: PatternTable | undefined): Expanded {
  if (table === undefined) return none
  const rules = table.cases.map(({ url }, i) => ({
    ...allowAll(`p${padded(i)}`, { url, methods: [`P${padded(i)}`] }),
    authenticators: [{ handler: 'noop' }],
    mutators: [showing({ 'X-Groups': groups })],
  }))
  const checks = table.cases.flatMap(({ url, probes }, i) =>
    probes.map(({ u, expect }): Check => {
      const label = `pattern ${i} ${url} against ${u}`
      const step = { id: label, path: '/decisions', headers: forwarded(u, `P${padded(i)}`) }
      return { label, step, expect: expect ?? null, shown: 'x-groups' }
    }),
  )
  return { rules, checks }
}

function forwarded(url: string, method: string): Record<string, string> {
  const [, proto = '', host = '', uri = ''] = /^([^:]+):\/\/([^/]*)(\/.*)?$/.exec(url) ?? []
  return {
    'X-Forwarded-Method': method,
    'X-Forwarded-Proto': proto,
    'X-Forwarded-Host': host,
    'X-Forwarded-Uri': uri,
  }
}

/** Reduces an answer to what the check compares. */
export function reduce(check: Check, seen: DataMap): DataMap {
  if (check.shown === undefined) return seen
  const value = (seen['headers'] as DataMap | undefined)?.[check.shown]
  return { status: seen['status'] ?? null, ...(value === undefined ? {} : { value }) }
}
