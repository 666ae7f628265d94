import type { Command } from 'commander'
import type { Output } from './output.ts'

type Handle<Options> = (options: Options, output: Output) => Promise<number>

/** `load` imports the module of a command, which happens only when the command runs. */
export type Action = <Options>(
  load: () => Promise<Handle<Options>>,
) => (options: Options, command?: Command) => Promise<void>
