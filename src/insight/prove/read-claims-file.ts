/** Reads a file with claims, or standard input, and says where each claim stands. */
import { readSource } from '../../config/files/read.ts'
import { positionKey } from '../../config/files/source.ts'
import { parseYaml } from '../../config/files/yaml.ts'
import { renderIssue } from '../../config/issue.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { readStandardInput } from '../rule-sets/standard-input.ts'
import { type Claim, type Path, readClaims } from './claims.ts'

export interface ClaimsFile {
  readonly kind: 'claims'
  readonly claims: readonly Claim[]
  readonly locate: (path: Path) => Located
}

export interface Located {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

export interface ClaimsProblem {
  readonly kind: 'problem'
  readonly problem: 'unreadable' | 'invalid'
  readonly lines: readonly string[]
}

interface Document {
  readonly value: JsonObject
  readonly locate: ClaimsFile['locate']
}

/** `-`: standard input, in YAML or JSON. */
export async function readClaimsFile(file: string): Promise<ClaimsFile | ClaimsProblem> {
  const read = file === '-' ? await fromStandardInput() : await fromFile(file)
  if ('kind' in read) return read
  const { claims, problems } = readClaims(read.value)
  if (problems.length === 0) return { kind: 'claims', claims, locate: read.locate }
  const lines = problems.map(({ path, found, expected }) =>
    renderIssue({ ...read.locate(path), key: path.join('.'), found, expected }),
  )
  return { kind: 'problem', problem: 'invalid', lines }
}

async function fromFile(file: string): Promise<Document | ClaimsProblem> {
  const source = await readSource(file)
  if ('kind' in source) {
    return { value: source.value, locate: path => ({ file, ...source.locate(path) }) }
  }
  const isMissing = /^(?:no such file|no permission|a folder)/.test(source.found)
  const problem = isMissing ? 'unreadable' : 'invalid'
  return { kind: 'problem', problem, lines: [renderIssue(source)] }
}

const inputName = 'standard input'

async function fromStandardInput(): Promise<Document | ClaimsProblem> {
  const text = await readStandardInput()
  const parsed = parseYaml(text ?? '')
  const isRight = text !== undefined && parsed.kind === 'parsed' && isJsonObject(parsed.value)
  if (!isRight) {
    const found = parsed.kind === 'syntax_problem' ? parsed.found : 'something else'
    const issue = { file: inputName, key: '', found, expected: 'a document with claims' }
    return { kind: 'problem', problem: 'invalid', lines: [renderIssue(issue)] }
  }
  return {
    value: parsed.value as JsonObject,
    locate: path => {
      for (let length = path.length; length > 0; length -= 1) {
        const position = parsed.positions.get(positionKey(path.slice(0, length)))
        if (position !== undefined) return { file: inputName, ...position }
      }
      return { file: inputName }
    },
  }
}
