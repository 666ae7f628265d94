/** Reads a file with claims, and says where each of them stands. */
import { readSource } from '../../config/files/read.ts'
import { renderIssue } from '../../config/issue.ts'
import type { JsonObject } from '../../lib/json.ts'
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

export async function readClaimsFile(file: string): Promise<ClaimsFile | ClaimsProblem> {
  const read = await fromFile(file)
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
  const problem = source.isUnreadable ? 'unreadable' : 'invalid'
  return { kind: 'problem', problem, lines: [renderIssue(source)] }
}
