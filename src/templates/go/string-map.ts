import { type GoMap, go, type MapType } from './value.ts'

const type: MapType = {
  name: 'map[string]string',
  underlying: 'map[string]string',
  zero: '',
  element: stored => stored,
  methods: new Map(),
}

export const stringMap = (entries: ReadonlyMap<string, string>): GoMap => ({
  [go]: 'map',
  type,
  entries,
  isNil: false,
})
