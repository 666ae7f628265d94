const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as text; a byte that is not part of valid UTF-8 is shown as `\xNN`. */
export function escapedUtf8(bytes: Uint8Array): string {
  const whole = decode(bytes)
  if (whole !== undefined) return whole
  let out = ''
  for (let at = 0; at < bytes.length; ) {
    const next = characterAt(bytes, at)
    out += next?.text ?? `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`
    at += next?.size ?? 1
  }
  return out
}

function characterAt(bytes: Uint8Array, at: number): { text: string; size: number } | undefined {
  for (let size = 1; size <= 4; size++) {
    const text = decode(bytes.subarray(at, at + size))
    if (text !== undefined) return { text, size }
  }
  return undefined
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}
