/** The commands that editors and language models start. */
import type { Command } from 'commander'
import type { Action } from './action.ts'

const examplesOfEditors = `
An editor starts it. Neovim:
  vim.lsp.config('oarlock', { cmd = { 'oarlock', 'language-server' }, filetypes = { 'yaml' } })
Helix, languages.toml:
  [language-server.oarlock]
  command = "oarlock"
  args = ["language-server"]`

const examplesOfModels = `
A client starts it, such as:
  { "mcpServers": { "oarlock": { "command": "oarlock", "args": ["mcp", "--root", "/srv/shop"] } } }`

export function addEditors(program: Command, action: Action): void {
  program
    .command('language-server')
    .description(
      'serve an editor over standard input and output, as the Language Server Protocol says',
    )
    .option('--stdio', 'accepted without effect: nothing else is served')
    .addHelpText('after', examplesOfEditors)
    .action(action(async () => (await import('./language-server.ts')).languageServer))
  program
    .command('mcp')
    .description(
      'serve a language model over standard input and output, as the Model Context Protocol says: tools that only read',
    )
    .option(
      '--root <folder>',
      'files of this folder are read, no others; default: the working folder',
    )
    .addHelpText('after', examplesOfModels)
    .action(action(async () => (await import('./mcp.ts')).mcp))
  program
    .command('language-server-worker', { hidden: true })
    .description('checks files for language-server; started by it')
    .action(async () => (await import('../language-server/worker/worker.ts')).runChecks())
}
