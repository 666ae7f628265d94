/** The commands about rules: offline, and of a running server. */
import { type Command, Option } from 'commander'
import type { Action } from './action.ts'
import type { EndpointOption } from './ask.ts'
import { withConfig, withEachConfig } from './config-option.ts'
import type { DiffOptions } from './diff.ts'
import type { ExplainOptions } from './explain/options.ts'
import type { TestCommandOptions } from './test/options.ts'

export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
]

export function addExplain(program: Command, action: Action): void {
  const command = withEachConfig(program.command('explain [method] [url]'))
    .description('say why a request gets its answer; exit code 0 if it may pass, 10 or 11 if not')
    .option(
      '-H, --header <header>',
      'a header, such as "X-Tenant: 7"; may be given several times',
      collect,
    )
    .option('--body <text>', 'the body')
    .option('--curl <line>', 'the request as a command line of curl; nothing of it is run')
    .option('--as <subject>', 'send a token of this subject, which is valid for this run only')
    .option('--claims <json>', 'further claims of that token, a JSON object')
    .option('--door <name>', 'grpc, decisions or proxy', 'grpc')
    .option('--client <address>', 'the address of the client; default: 127.0.0.1')
    .option('--from-log <id>', 'the request of this decision in the decision log')
    .option('--log <file>', 'the decision log; - for standard input')
    .option(
      '--context <pair>',
      'a context extension of the route in Envoy, as name=value; may be given several times',
      collect,
    )
    .option('--stub <file>', 'answers to calls of handlers')
    .option('--live', 'make calls that no stub answers')
    .option(
      '-e, --endpoint <url>',
      'ask the server with this API port; its token is read from OARLOCK_EXPLAIN_TOKEN',
    )
    .option('--format <name>', 'pretty, compact or json', 'pretty')
  command.action((method: string | undefined, url: string | undefined) =>
    action<ExplainOptions>(async () => {
      const { explain } = await import('./explain.ts')
      return (options, output) => explain({ method, url }, options, output)
    })(command.opts(), command),
  )
}

export function addTest(program: Command, action: Action): void {
  const command = withEachConfig(program.command('test [files...]'))
    .description('run tests of rules; exit code 4 when one fails')
    .option('--filter <text>', 'only tests whose name, rule or subject has it, or this door')
    .option('--coverage', 'say which rules, outcomes and conditions no test reached')
    .option('--min <percent>', 'exit code 5 when less of them was reached')
    .option('--lcov <file>', 'write what was reached, by lines of the rule files, as LCOV')
    .option(
      '--mutate',
      'change the rules in memory; exit code 4 for each change that no test notices',
    )
    .option('--generate <file>', 'write a new test file that says what the rules answer today')
    .option('--watch', 'run again when a file changes')
    .option('--jobs <number>', 'run the files in so many processes', '1')
    .option('--format <name>', 'pretty, compact, json, junit, tap or github', 'pretty')
  command.action((files: readonly string[]) =>
    action<TestCommandOptions>(async () => {
      const { test } = await import('./test.ts')
      return (options, output) => test(files, options, output)
    })(command.opts(), command),
  )
}

export function addRules(rules: Command, action: Action): void {
  rules.description('ask a running server about its rules')
  const endpoint = [
    '-e, --endpoint <url>',
    'the URL of its API port, such as http://127.0.0.1:4456',
  ] as const
  rules
    .command('list')
    .description('print the rules that are loaded')
    .requiredOption(...endpoint)
    .option('--limit <number>', 'rules per page', '20')
    .option('--page <number>', 'the page, from 1', '1')
    .action(action(async () => (await import('./rules.ts')).listRules))
  const get = rules
    .command('get <id>')
    .description('print one rule')
    .requiredOption(...endpoint)
  get.action((id: string) =>
    action<EndpointOption>(async () => {
      const { getRule } = await import('./rules.ts')
      return (options, output) => getRule(id, options, output)
    })(get.opts()),
  )
}

export function addShadow(shadow: Command, action: Action): void {
  shadow
    .description('ask a running server about its shadow rules')
    .command('report')
    .description('print how shadow rules decide differently; exit code 6 where they do')
    .requiredOption(
      '-e, --endpoint <url>',
      'the URL of its API port, such as http://127.0.0.1:4456',
    )
    .option(
      '--fail-on <kinds>',
      'exit code 6 for these kinds only, with commas: newly-allowed, newly-denied, status, headers, removed, rule; none',
    )
    .option('--min <number>', 'exit code 7 when fewer decisions were compared', '1')
    .addOption(formatOption(shadowFormats))
    .action(action(async () => (await import('./shadow.ts')).shadowReport))
}

/** The modules of commands are loaded when they run; a test compares the names. */
const proveFormats = ['pretty', 'json', 'junit', 'tap', 'github', 'md']
const diffFormats = ['pretty', 'json', 'md']

const mapFormats = ['md', 'json', 'html']
const shadowFormats = ['pretty', 'json', 'md']

/** The first is the default. */
const formatOption = (names: readonly string[]): Option =>
  new Option('--format <name>', 'how to print it').choices(names).default(names[0])

export function addComparisons(program: Command, action: Action): void {
  withConfig(program.command('prove'))
    .description('prove or refute claims about who may get in')
    .requiredOption('--claims <file>', 'the claims, in YAML or JSON; - for standard input')
    .addOption(formatOption(proveFormats))
    .action(action(async () => (await import('./prove.ts')).prove))
  withConfig(program.command('map'))
    .description('print who gets in where, by what, and what is set')
    .addOption(formatOption(mapFormats))
    .action(action(async () => (await import('./map.ts')).map))
  const diff = withEachConfig(
    program.command('diff <old> <new>'),
    'the configuration of files with rules alone; may be given several times',
  )
  diff
    .description('report what a new rule set changes: configurations, files or folders of rules')
    .option('--requests <file>', 'compare these requests only: METHOD URL or JSON in each line')
    .option('--log <file>', 'compare the requests of a decision log only')
    .addOption(formatOption(diffFormats))
  diff.action((before: string, after: string) =>
    action<DiffOptions>(async () => {
      const command = await import('./diff.ts')
      return (options, output) => command.diff({ before, after }, options, output)
    })(diff.opts(), diff),
  )
}
