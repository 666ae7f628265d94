/** A thread that parses one document and sends the result in pieces, one per request. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Message } from './parse-in-thread.ts'
import { ruleTextsOf } from './rule-texts.ts'

const pieceCharacters = 128 * 1024

function* piecesOf(texts: readonly string[]): Generator<readonly string[]> {
  let piece: string[] = []
  let size = 0
  for (const text of texts) {
    piece.push(text)
    size += text.length
    if (size < pieceCharacters) continue
    yield piece
    piece = []
    size = 0
  }
  yield piece
}

function* messagesFor(bytes: Uint8Array): Generator<Message> {
  const outcome = ruleTextsOf(bytes)
  if (outcome.kind === 'document_problem') yield outcome
  else {
    for (const texts of piecesOf(outcome.texts)) yield { kind: 'piece', texts }
    yield { kind: 'end', warnings: outcome.warnings }
  }
}

const messages = messagesFor(workerData as Uint8Array)
parentPort?.on('message', () => parentPort?.postMessage(messages.next().value))
