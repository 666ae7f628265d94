import { Command, CommanderError, Option } from 'commander'
import { version } from '../lib/version.ts'
import type { Action } from './action.ts'
import { type CompletionOptions, printCompletion, shells } from './completion.ts'
import { acceptConfig, addFiles, configBefore, withConfig } from './config-option.ts'
import { addEditors } from './editor-commands.ts'
import { type ConfigOption, type Output, standardOutput } from './output.ts'
import {
  addComparisons,
  addExplain,
  addRules,
  addShadow,
  addTest,
  collect,
} from './rule-commands.ts'

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
