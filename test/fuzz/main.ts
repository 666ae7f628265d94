/** `make fuzz SECONDS=1800 SEED=1`: one seed after the other, a minute each. */
import { fuzz } from './fuzz.ts'

const seconds = Number(process.env['SECONDS'] ?? 60)
let seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const clients = Number(process.env['CLIENTS'] ?? 6)
const end = Date.now() + seconds * 1000
const minute = 60_000

while (Date.now() < end) {
  const finishes: (() => void | Promise<void>)[] = []
  const time = Math.min(minute, end - Date.now())
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  try {
    await fuzz({ after: finish => void finishes.unshift(finish) }, { seed, time, clients, say })
  } finally {
    for (const finish of finishes) await finish()
  }
  seed += 1
}
process.stdout.write('the process lived, and gave everything back\n')
