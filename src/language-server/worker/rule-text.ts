/** Finds the place of a message about a rule, which names the rule, the handler and the key. */
import type { Range } from 'vscode-languageserver-types'
import type { Ranges } from '../text/ranges.ts'
import { itemsOf, memberOf, type TreeNode, textIn } from '../text/tree.ts'

/** Of the message of a document: `rule "orders": match.url: …`, `rule 3: …`, `… at line 3, column 7`. */
export function rangeOfDocumentText(ranges: Ranges, message: string): Range {
  const [, line, column] = /at line (\d+), column (\d+)$/.exec(message) ?? []
  if (line !== undefined) return ranges.at({ line: Number(line), column: Number(column) }, 'key')
  const [, id, number, rest = ''] = /^rule (?:"([^"]*)"|(\d+)): (.*)$/s.exec(message) ?? []
  const items = itemsOf(ranges.tree)
  const rule =
    number === undefined
      ? items.find(item => textIn(memberOf(item, 'id')) === id)
      : items[Number(number) - 1]
  return rule === undefined ? ranges.at({}, 'key') : rangeInRule(ranges, rule, rest)
}

/** Of a message about a rule that is known: `authenticator "jwt": config.target_audience: …`. */
export function rangeInRule(ranges: Ranges, rule: TreeNode, message: string): Range {
  const [, stage = '', handler, rest = ''] =
    /^(authenticator|authorizer|mutator|error)(?: "([^"]*)")?:? (.*)$/s.exec(message) ?? []
  const named = stage === '' ? undefined : handlersOf(rule, stage, handler)
  if (named === undefined) return rangeOfKey(ranges, rule, message)
  return rangeOfKey(ranges, named, rest)
}

const lists: Readonly<Record<string, readonly string[]>> = {
  authenticator: ['authenticators'],
  authorizer: ['authorizer', 'authorizers'],
  mutator: ['mutators'],
  error: ['errors'],
}

function handlersOf(
  rule: TreeNode,
  stage: string,
  handler: string | undefined,
): TreeNode | undefined {
  const sections = (lists[stage] ?? []).flatMap(key => memberOf(rule, key) ?? [])
  const all = sections.flatMap(referencesIn)
  return all.find(one => textIn(memberOf(one, 'handler')) === handler) ?? sections[0]
}

/** The references of a list, and of groups in it. */
function referencesIn(node: TreeNode): readonly TreeNode[] {
  if (node.kind === 'list') return node.items.flatMap(referencesIn)
  const groups = ['any', 'all'].flatMap(key => memberOf(node, key) ?? [])
  return [node, ...groups.flatMap(referencesIn)]
}

/** Follows `config.claims[0].name: …` as far as it is written; `unknown key "x"` names a key itself. */
function rangeOfKey(ranges: Ranges, node: TreeNode, message: string): Range {
  const [, written = '', rest = ''] = /^([A-Za-z_][\w.[\]-]*): (.*)$/s.exec(message) ?? []
  const keys = written.split(/[.[\]]+/).filter(key => key !== '')
  const [, unknown] = /unknown key "([^"]*)"/.exec(rest === '' ? message : rest) ?? []
  const path = unknown === undefined ? keys : [...keys, unknown]
  return rangeOfPath(ranges, node, path)
}

function rangeOfPath(ranges: Ranges, node: TreeNode, path: readonly string[]): Range {
  let place: Found = { node, range: startOf(ranges, node) }
  for (const key of path) {
    const below = step(ranges, place.node, key)
    if (below === undefined) break
    place = below
  }
  return place.range
}

interface Found {
  readonly node: TreeNode
  readonly range: Range
}

function step(ranges: Ranges, node: TreeNode, name: string): Found | undefined {
  if (node.kind !== 'map') {
    const item = itemsOf(node)[Number(name)]
    return item && { node: item, range: startOf(ranges, item) }
  }
  const entry = node.entries.findLast(({ key }) => key.text === name)
  if (entry === undefined) return undefined
  const { key, value } = entry
  const isWritten = value.kind === 'scalar' && value.end > value.start
  return { node: value, range: ranges.ofNode(isWritten ? value : key) }
}

/** A rule is marked at its id, a handler at its name. */
function startOf(ranges: Ranges, node: TreeNode): Range {
  const name = memberOf(node, 'id') ?? memberOf(node, 'handler')
  if (name !== undefined && name.end > name.start) return ranges.ofNode(name)
  const first = node.kind === 'map' ? node.entries[0]?.key : undefined
  return ranges.ofNode(first ?? node)
}
