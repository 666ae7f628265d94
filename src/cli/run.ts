import { Command, CommanderError, Option } from 'commander'
import { version } from '../lib/version.ts'
import type { Action } from './action.ts'
import type { EndpointOption } from './ask.ts'
import { type CompletionOptions, printCompletion, shells } from './completion.ts'
import type { DiffOptions } from './diff.ts'
import { addEditors } from './editor-commands.ts'
import type { ExplainOptions } from './explain/options.ts'
import { type ConfigOption, type Output, standardOutput } from './output.ts'
import type { TestCommandOptions } from './test/options.ts'

/** The modules of commands are loaded when they run; a test compares the names. */
const lintFormats = ['pretty', 'compact', 'json', 'github', 'sarif', 'junit', 'md']

/** Arguments (without node and the script) to an exit code (`exit-codes.ts`). */
export async function run(
  args: readonly string[],
  output: Output = standardOutput,
): Promise<number> {
  let code = 0
  const program = buildProgram(output, result => {
    code = result
  })
  try {
    await program.parseAsync(args.map(withoutValue), { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
}

/** All commands, without running any; `end` gets the exit code of the one that ran. */
export function buildProgram(output: Output, end: (code: number) => void): Command {
  const program = new Command('oarlock')
    .description(
      'Decides whether a request may pass: external authorization for Envoy and other proxies',
    )
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .option(
      '-c, --config <file>',
      'the same as after a command; may be given several times',
      addFiles,
    )
  acceptTelemetry(program)
  confine(program)
  const action: Action = load => async (options, command) => {
    const handle = await load()
    end(await handle({ ...options, ...configBefore(options as ConfigOption, command) }, output))
  }

  acceptTelemetry(withConfig(program.command('serve')))
    .description('start the server')
    .option(
      '--strict',
      'refuse to start when a rule or a rule source is not valid, or a setting is unsafe',
    )
    .allowExcessArguments()
    .action(action(async () => (await import('./serve.ts')).serve))
  program
    .command('worker', { hidden: true })
    .description('one of several processes; started by serve')
    .action(async () => (await import('../app/processes/worker.ts')).runWorker())
  program
    .command('test-worker', { hidden: true })
    .description('one of several processes that run tests; started by test')
    .action(async () => (await import('./test/worker.ts')).runTestWorker())
  withConfig(program.command('validate'))
    .description('check the configuration and the rules; exit code 3 when anything is not valid')
    .action(action(async () => (await import('./validate.ts')).validate))
  withConfig(program.command('lint'))
    .description('report settings that are valid but probably unintended')
    .addOption(
      new Option('--format <name>', 'how to print them').choices(lintFormats).default('pretty'),
    )
    .addOption(
      new Option('--fail-level <level>', 'exit code 4 for findings of this level and above')
        .choices(['error', 'warning', 'advice'])
        .default('error'),
    )
    .option('--strict', 'the same as --fail-level advice')
    .option('--settings <file>', 'levels of codes, instead of .oarlock-lint.yaml')
    .option('--baseline <file>', 'leave out the findings of an earlier report in JSON')
    .option('--write-baseline <file>', 'write such a report, and print no findings')
    .option(
      '--edge <files...>',
      'configurations of callers, which are compared with the rules: Envoy, nginx, Caddy, Traefik, resources of gateways',
    )
    .option(
      '--fix',
      'change the files where that never lets more requests in; then report the rest',
    )
    .option('--dry-run', 'with --fix: print the changes as a diff, and change nothing')
    .action(action(async () => (await import('./lint.ts')).lint))
  addEditors(program, action)
  addExplain(program, action)
  addTest(program, action)
  addComparisons(program, action)
  program
    .command('version')
    .description('print the version')
    .action(() => output.out(`Version:    ${version}\n`))
  const probes = program.command('health').description('ask a running server about its health')
  for (const probe of ['alive', 'ready'] as const) {
    probes
      .command(probe)
      .description(`ask whether the server is ${probe}; exit code 0 if it is`)
      .requiredOption(
        '-e, --endpoint <url>',
        'the URL of its API port, such as http://127.0.0.1:4456',
      )
      .action(
        action<{ endpoint: string }>(async () => {
          const { health } = await import('./health.ts')
          return ({ endpoint }) => health(probe, endpoint, output)
        }),
      )
  }
  addRules(program.command('rules'), action)
  addShadow(program.command('shadow'), action)
  withConfig(program.command('config').description('work with the configuration').command('show'))
    .description('print the effective configuration with the origin of each value, without secrets')
    .option('--set', 'leave out defaults')
    .action(action(async () => (await import('./config-show.ts')).showConfig))
  addCredentials(program.command('credentials'), action)
  program
    .command('completion <shell>')
    .description(`print a script for the completion of a shell: ${shells.join(', ')}`)
    .option('--no-descriptions', 'leave out descriptions')
    .action((shell: string, options: CompletionOptions) => {
      end(printCompletion(program, { shell, ...options }, output))
    })
  acceptConfig(program)
  return program
}

const withConfig = (command: Command): Command =>
  command.option(
    '-c, --config <files...>',
    'configuration files (.yaml, .yml, .json, .toml); later ones win',
    addFiles,
  )

/** Oathkeeper accepts it anywhere on the command line. One file per option, because a command may follow. */
function acceptConfig(command: Command): void {
  command.enablePositionalOptions()
  if (!command.options.some(({ long }) => long === '--config')) {
    command.addOption(new Option('-c, --config <file>').argParser(addFiles).hideHelp())
  }
  for (const below of command.commands) acceptConfig(below)
}

/** Comma-separated names, and `-c=FILE`, as Oathkeeper reads them. */
const addFiles = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.replace(/^=/, '').split(','),
]

/** The files of the whole command line, in order. */
function configBefore(options: ConfigOption, command: Command | undefined): ConfigOption {
  const files = [...filesBefore(command), ...(options.config ?? [])]
  return files.length === 0 ? {} : { config: files }
}

function filesBefore(command: Command | undefined): readonly string[] {
  const parent = command?.parent
  if (!parent) return []
  return [...filesBefore(parent), ...(parent.opts<ConfigOption>().config ?? [])]
}

const telemetry = ['--sqa-opt-out', '--disable-telemetry'] as const

/** Oathkeeper's telemetry flags; scripts may still pass them. */
const acceptTelemetry = (command: Command): Command =>
  telemetry.reduce(
    (accepting, flag) =>
      accepting.option(flag, 'accepted without effect: Oarlock sends no telemetry'),
    command,
  )

/** `--sqa-opt-out=true` is `--sqa-opt-out`. */
const withoutValue = (argument: string): string =>
  telemetry.find(flag => argument.startsWith(`${flag}=`)) ?? argument

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
]

/** For commands that `mcp` starts: the process reads files of this folder alone, and calls no other machine. */
function confine(program: Command): void {
  program.addOption(new Option('--confine <folder>').hideHelp())
  program.hook('preAction', async () => {
    const { confine: root } = program.opts<{ readonly confine?: string }>()
    if (root === undefined) return
    const { limitReach } = await import('../lib/reach.ts')
    limitReach({ root, isOffline: true })
  })
}

function addExplain(program: Command, action: Action): void {
  const command = withConfig(program.command('explain [method] [url]'))
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

function addTest(program: Command, action: Action): void {
  const command = withConfig(program.command('test [files...]'))
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

function addRules(rules: Command, action: Action): void {
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

function addShadow(shadow: Command, action: Action): void {
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

function addCredentials(credentials: Command, action: Action): void {
  credentials.description('make keys and tokens')
  credentials
    .command('generate')
    .description('print a new key set with one private key')
    .requiredOption('--alg <name>', 'the algorithm of the key, such as ES256')
    .option('--kid <id>', 'the id of the key; random if left out')
    .option('--bits <number>', 'the size of an RSA or HMAC key')
    .action(action(async () => (await import('./credentials/generate.ts')).generate))
  credentials
    .command('token')
    .description('print a token for local development, signed by a key of a set')
    .requiredOption('--jwks <file>', 'the key set; - for standard input')
    .option('--kid <id>', 'the key that signs; the first that can if left out')
    .option('--subject <text>', 'claim sub')
    .option('--issuer <url>', 'claim iss')
    .option('--audience <text>', 'claim aud; may be given several times', collect)
    .option('--scope <text>', 'claim scope; may be given several times', collect)
    .option('--ttl <duration>', 'how long the token is valid', '1h')
    .option('--claims <json>', 'further claims, a JSON object')
    .action(action(async () => (await import('./credentials/token.ts')).token))
}

/** The modules of commands are loaded when they run; a test compares the names. */
const proveFormats = ['pretty', 'json', 'junit', 'tap', 'github', 'md']
const diffFormats = ['pretty', 'json', 'md']

const mapFormats = ['md', 'json', 'html']
const shadowFormats = ['pretty', 'json', 'md']

/** The first is the default. */
const formatOption = (names: readonly string[]): Option =>
  new Option('--format <name>', 'how to print it').choices(names).default(names[0])

function addComparisons(program: Command, action: Action): void {
  withConfig(program.command('prove'))
    .description('prove or refute claims about who may get in')
    .requiredOption('--claims <file>', 'the claims, in YAML or JSON; - for standard input')
    .addOption(formatOption(proveFormats))
    .action(action(async () => (await import('./prove.ts')).prove))
  withConfig(program.command('map'))
    .description('print who gets in where, by what, and what is set')
    .addOption(formatOption(mapFormats))
    .action(action(async () => (await import('./map.ts')).map))
  const diff = program.command('diff <old> <new>')
  diff
    .description('report what a new rule set changes: configurations, files or folders of rules')
    .option('-c, --config <files...>', 'the configuration of files with rules alone', addFiles)
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
