/** `-c, --config`, as Oathkeeper reads it. */
import { type Command, Option } from 'commander'
import type { ConfigOption } from './output.ts'

const meaning = 'configuration files (.yaml, .yml, .json, .toml); later ones win'

export const withConfig = (command: Command): Command =>
  command.option('-c, --config <files...>', meaning, addFiles)

/** For commands with arguments: a list of files would take them. */
export const withEachConfig = (
  command: Command,
  means = `${meaning}; may be given several times`,
): Command => command.option('-c, --config <file>', means, addFiles)

/** Oathkeeper accepts it anywhere on the command line. One file per option, because a command may follow. */
export function acceptConfig(command: Command): void {
  command.enablePositionalOptions()
  if (!command.options.some(({ long }) => long === '--config')) {
    command.addOption(new Option('-c, --config <file>').argParser(addFiles).hideHelp())
  }
  for (const below of command.commands) acceptConfig(below)
}

/** Comma-separated names, and `-c=FILE`, as Oathkeeper reads them. */
export const addFiles = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.replace(/^=/, '').split(','),
]

/** The files of the whole command line, in order. */
export function configBefore(options: ConfigOption, command: Command | undefined): ConfigOption {
  const files = [...filesBefore(command), ...(options.config ?? [])]
  return files.length === 0 ? {} : { config: files }
}

function filesBefore(command: Command | undefined): readonly string[] {
  const parent = command?.parent
  if (!parent) return []
  return [...filesBefore(parent), ...(parent.opts<ConfigOption>().config ?? [])]
}
