/**
 * Runs one of Oarlock's own commands in a process of its own, which reads files of one folder alone, calls no other
 * machine, and can neither write files nor start programs.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../lib/package-root.ts'

export interface Run {
  /** undefined: it was stopped. */
  readonly code: number | undefined
  readonly out: string
  readonly err: string
  /** Why it was stopped. */
  readonly stopped?: string
}

export interface RunOptions {
  readonly root: string
  readonly args: readonly string[]
  readonly signal: AbortSignal
}

/** Milliseconds: less than clients wait. */
const longest = 50_000
/** Bytes of the result, and of messages. */
const mostOut = 4 * 1024 * 1024
const mostErr = 64 * 1024
/** In MiB. */
const heap = 1024

const main = fileURLToPath(new URL('dist/main.js', packageRoot))

/** Files may be read, since the command itself refuses those outside; everything else that the flags cover is not allowed. */
const guarded = [
  process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission',
  '--allow-fs-read=*',
  // Large documents are parsed in a thread.
  '--allow-worker',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=SecurityWarning',
  `--max-old-space-size=${heap}`,
]

/** Never rejects. */
export function runCommand({ root, args, signal }: RunOptions): Promise<Run> {
  const child = spawn(process.execPath, [...guarded, main, '--confine', root, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  let [outSize, errSize] = [0, 0]
  let stopped: string | undefined
  const stop = (reason: string): void => {
    stopped ??= reason
    child.kill('SIGKILL')
  }
  const timer = setTimeout(() => stop(`it took longer than ${longest / 1000} s`), longest)
  child.stdout.on('data', (chunk: Buffer) => {
    outSize += chunk.length
    if (outSize > mostOut) stop(`its result is longer than ${mostOut} bytes`)
    else out.push(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    const left = mostErr - errSize
    errSize += chunk.length
    if (left > 0) err.push(chunk.subarray(0, left))
  })
  return new Promise(resolve => {
    // Of a program that cannot be started, and of one that was cancelled.
    child.once('error', error => stop(signal.aborted ? 'it was cancelled' : error.message))
    child.once('close', code => {
      clearTimeout(timer)
      resolve({
        code: stopped === undefined ? (code ?? undefined) : undefined,
        out: Buffer.concat(out).toString('utf8'),
        err: Buffer.concat(err).toString('utf8'),
        ...(stopped === undefined && code !== null ? {} : { stopped: stopped ?? 'it ended early' }),
      })
    })
  })
}
