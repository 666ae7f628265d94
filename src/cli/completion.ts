/** `completion`: a script for the shell that knows the commands and their options. */
import type { Command } from 'commander'
import type { Output } from './output.ts'

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const
type Shell = (typeof shells)[number]

/** What may follow a command: the words typed so far, and those that can come next. */
interface Place {
  readonly words: readonly string[]
  readonly next: readonly Word[]
}

interface Word {
  readonly text: string
  readonly description: string
}

export interface CompletionOptions {
  readonly descriptions: boolean
}

export function printCompletion(
  program: Command,
  { shell, descriptions }: CompletionOptions & { readonly shell: string },
  output: Output,
): number {
  const script = shells.includes(shell as Shell) ? scripts[shell as Shell] : undefined
  if (script === undefined) {
    output.err(`completion: found "${shell}", expected one of ${shells.join(', ')}\n`)
    return 1
  }
  output.out(script(placesOf(program, []), descriptions))
  return 0
}

function placesOf(command: Command, words: readonly string[]): readonly Place[] {
  const commands = command.commands.map(below => ({
    text: below.name(),
    description: below.description(),
  }))
  const options = command.options.flatMap(({ long, description, hidden }) =>
    long && !hidden ? [{ text: long, description }] : [],
  )
  return [
    { words, next: [...commands, ...options, { text: '--help', description: 'show the help' }] },
    ...command.commands.flatMap(below => placesOf(below, [...words, below.name()])),
  ]
}

const texts = ({ next }: Place): string => next.map(({ text }) => text).join(' ')

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const scripts: Readonly<
  Record<Shell, (places: readonly Place[], descriptions: boolean) => string>
> = {
  bash: places => `# oarlock completion for bash: source <(oarlock completion bash)
_oarlock() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=() word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == -* ]] || words+=("$word"); done
  case "\${words[*]}" in
${places.map(place => `    ${quoted(place.words.join(' '))}) COMPREPLY=($(compgen -W ${quoted(texts(place))} -- "$current")) ;;`).join('\n')}
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o default -F _oarlock oarlock
`,
  zsh: (places, descriptions) => `#compdef oarlock
# oarlock completion for zsh: oarlock completion zsh > "\${fpath[1]}/_oarlock"
_oarlock() {
  local -a given next
  local word
  for word in "\${(@)words[2,CURRENT-1]}"; do [[ $word == -* ]] || given+=("$word"); done
  case "\${(j: :)given}" in
${places.map(place => `    ${quoted(place.words.join(' '))}) next=(${place.next.map(word => zshWord(word, descriptions)).join(' ')}) ;;`).join('\n')}
    *) _files; return ;;
  esac
  _describe 'oarlock' next
}
_oarlock "$@"
`,
  fish: (places, descriptions) => `# oarlock completion for fish: oarlock completion fish | source
function __oarlock_at
  set -l words (commandline -opc)[2..-1]
  test (string match -v -- '-*' $words | string join ' ') = "$argv"
end
complete -c oarlock -f
${places.flatMap(({ words, next }) => next.map(word => fishLine(words, word, descriptions))).join('\n')}
`,
  powershell: (
    places,
    descriptions,
  ) => `# oarlock completion for PowerShell: oarlock completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName oarlock -ScriptBlock {
  param($word, $ast, $position)
  $given = ($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" } | Where-Object { $_ -notlike '-*' -and $_ -ne $word }) -join ' '
  $next = @{
${places.map(({ words, next }) => `    ${powershellText(words.join(' '))} = @(${next.map(word => powershellWord(word, descriptions)).join(', ')})`).join('\n')}
  }
  $next[$given] | Where-Object { $_[0] -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
  }
}
`,
}

const zshWord = ({ text, description }: Word, descriptions: boolean): string =>
  quoted(descriptions ? `${text}:${description.replaceAll(':', '\\:')}` : text)

const fishLine = (
  words: readonly string[],
  { text, description }: Word,
  descriptions: boolean,
): string =>
  `complete -c oarlock -n ${quoted(`__oarlock_at ${words.join(' ')}`)} -a ${quoted(text)}${descriptions ? ` -d ${quoted(description)}` : ''}`

const powershellText = (text: string): string => `'${text.replaceAll("'", "''")}'`

const powershellWord = ({ text, description }: Word, descriptions: boolean): string =>
  `@(${powershellText(text)}, ${powershellText(descriptions ? description : text)})`
