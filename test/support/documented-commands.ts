/** Commands that a page shows: of Oarlock and of make. */
import type { Command, Option } from 'commander'
import { buildProgram } from '../../src/cli/run.ts'

const silent = (): void => undefined
const program = buildProgram({ out: silent, err: silent }, silent)

/** Texts in backticks, and the lines of shell blocks; a continued line is one line. */
function shellTexts(page: string): readonly string[] {
  const fences = [...page.matchAll(/^( *)```(?:sh|bash|shell|console)\n(.*?)^\1```/gms)]
  const lines = fences.flatMap(([, , text = '']) => text.replaceAll('\\\n', ' ').split('\n'))
  const inline = [...page.replaceAll(/^ *```.*?^ *```/gms, '').matchAll(/`([^`]+)`/g)]
  return [...lines, ...inline.map(([, text = '']) => text.replaceAll(/\s+/g, ' '))]
}

/** What precedes a command: the start of the text, a prompt, or an operator; variables may come before it. */
const begin = String.raw`(?:^|[;&|(] *|\$ )(?:[A-Z_]+=\S+ +)*`
const ours = new RegExp(`${begin}(?:npx )?(?:oarlock|node dist/main\\.js) ([^;&|#)]*)`, 'g')
const makes = new RegExp(`${begin}make ([a-z][a-z-]*)`, 'g')

/** The words after `oarlock`, one text per command. `a|b` is one word of the page. */
export const commandsIn = (page: string): readonly string[] =>
  shellTexts(page).flatMap(text =>
    [...text.replaceAll(/(\w)\\?\|(?=\w)/g, '$1/').matchAll(ours)].map(([, words = '']) =>
      words.trim().replaceAll(/\s+/g, ' '),
    ),
  )

export const targetsIn = (page: string): readonly string[] =>
  shellTexts(page).flatMap(text => [...text.matchAll(makes)].map(([, target = '']) => target))

const isPlaceholder = (word: string): boolean => /^[A-Z…<[]|^\.{3}/.test(word)

const optionsOf = (command: Command): readonly Option[] => [
  ...command.options,
  ...(command.parent ? optionsOf(command.parent) : []),
]

const known = (command: Command, flag: string): boolean =>
  ['-h', '--help'].includes(flag) ||
  optionsOf(command).some(({ short, long }) => flag === short || flag === long)

/** Why such a command is not valid; undefined if it is valid. */
export function commandProblem(words: string): string | undefined {
  return problemIn(program, words.split(/\s+/).filter(Boolean))
}

function problemIn(command: Command, words: readonly string[]): string | undefined {
  const [word, ...rest] = words
  if (word === undefined) return undefined
  if (word.startsWith('-')) return optionProblem(command, word, rest)
  if (command.commands.length === 0 || isPlaceholder(word)) return problemIn(command, rest)
  for (const name of word.split('/')) {
    const below = command.commands.find(one => one.name() === name)
    if (below === undefined) return `${command.name()} has no command ${name}`
    const problem = problemIn(below, rest)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The value of an option is not a command. */
function optionProblem(
  command: Command,
  word: string,
  rest: readonly string[],
): string | undefined {
  const [flag = ''] = word.replace(/[,\]…]+$/, '').split('=')
  if (!known(command, flag)) return `${command.name()} has no option ${flag}`
  const option = optionsOf(command).find(({ short, long }) => flag === short || flag === long)
  const takesValue = option?.required === true && !word.includes('=')
  return problemIn(command, takesValue ? rest.slice(1) : rest)
}
