/** Where a command prints: results to `out`, messages to `err`. */
export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

export const standardOutput: Output = {
  out: text => write(process.stdout, text),
  err: text => write(process.stderr, text),
}

/** A reader that has seen enough, such as `head`, closes the pipe: the rest is not printed. */
function write(stream: NodeJS.WriteStream, text: string): void {
  if (stream.listenerCount('error', ignoreClosedPipe) === 0) stream.on('error', ignoreClosedPipe)
  stream.write(text)
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

export interface ConfigOption {
  readonly config?: readonly string[]
}
