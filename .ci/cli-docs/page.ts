/** docs/cli.md. */
import type { Argument, Command, Option } from 'commander'

const intro = `<!-- Made by \`make docs\` from the commands themselves. -->

# Command line

Every command of \`oarlock\` with its arguments and options. After \`make build\`, both \`node dist/main.js …\` and
\`npx oarlock …\` work.

The exit code is 0 for success, 1 for a failure, such as a file that cannot be read, and 2 for a command or an option that does not exist
or is used wrongly. \`validate\` and \`lint\` end with 3 when the configuration or a rule is not valid, \`lint\` with 4 when a finding is at or
above \`--fail-level\`. Where several hold, the first of 2, 3, 1, 4 is used. Results go to standard output, messages and the log to standard error. Every command takes \`-h, --help\`.
`

export function cliPage(program: Command): string {
  const all = leavesOf(program)
  const rows = all.map(command => `| [${nameOf(command)}](#${anchorOf(command)}) | ${command.description()} |`)
  const list = `| command | what it does |\n| --- | --- |\n${rows.join('\n')}\n`
  return [intro, list, globalOptions(program), ...all.map(commandText)].join('\n')
}

/** Commands that do something, without hidden ones. */
function leavesOf(command: Command): readonly Command[] {
  const shown = command.createHelp().visibleCommands(command).filter(below => below.name() !== 'help')
  return shown.length === 0 ? [command] : shown.flatMap(leavesOf)
}

const nameOf = (command: Command): string =>
  command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()

const anchorOf = (command: Command): string => nameOf(command).replaceAll(' ', '-')

const globalOptions = (program: Command): string =>
  `Options before the command:\n\n${optionTable(optionsOf(program))}`

const optionsOf = (command: Command): readonly Option[] =>
  command.createHelp().visibleOptions(command).filter(({ long }) => long !== '--help')

const cell = (text: string): string => text.replaceAll('|', '\\|')

function optionTable(options: readonly Option[]): string {
  const rows = options.map(
    option => `| \`${option.flags}\` | ${cell(option.description)} | ${defaultOf(option)} |`,
  )
  return `| option | meaning | default |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

function defaultOf({ mandatory, defaultValue, negate }: Option): string {
  if (mandatory) return 'required'
  return defaultValue === undefined || negate ? '' : `\`${defaultValue}\``
}

function commandText(command: Command): string {
  const options = optionsOf(command)
  const parts = [
    `## ${nameOf(command)}`,
    sentence(command.description()),
    `\`\`\`\n${usageOf(command)}\n\`\`\``,
    argumentsText(command.registeredArguments),
    options.length === 0 ? '' : optionTable(options).trimEnd(),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`

function usageOf(command: Command): string {
  const required = optionsOf(command).filter(({ mandatory }) => mandatory)
  const others = optionsOf(command).length > required.length ? ['[options]'] : []
  const words = command.registeredArguments.map(one => (one.required ? `<${one.name()}>` : `[${one.name()}]`))
  return [nameOf(command), ...words, ...required.map(longForm), ...others].join(' ')
}

const longForm = ({ flags }: Option): string => flags.replace(/^-\w, /, '')

const argumentsText = (given: readonly Argument[]): string =>
  given
    .filter(({ description }) => description !== '')
    .map(one => `- \`${one.name()}\`: ${one.description}`)
    .join('\n')
