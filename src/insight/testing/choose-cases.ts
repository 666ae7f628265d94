/** The cases that a filter leaves, or `only`. */
import { type Case, type TestDoor, type TestFile, testDoors } from './case.ts'

export interface Choice {
  readonly filter: string | undefined
  /** A test of any file has `only`. */
  readonly onlySome: boolean
}

export const casesOf = (files: readonly TestFile[], choice: Choice): readonly Case[] =>
  files
    .flatMap(({ cases }) => cases)
    .filter(wanted(choice))
    .flatMap(atDoor(choice.filter))

function wanted({ filter, onlySome }: Choice): (one: Case) => boolean {
  return ({ name, expect, subject, only }) => {
    if (onlySome && !only) return false
    if (filter === undefined || isDoor(filter)) return true
    return [name, expect.allow, subject].some(text => text?.includes(filter))
  }
}

const isDoor = (text: string): text is TestDoor => (testDoors as readonly string[]).includes(text)

/** A filter that names a door leaves out the others, and cases without it. */
const atDoor =
  (filter: string | undefined) =>
  (one: Case): readonly Case[] => {
    if (filter === undefined || !isDoor(filter)) return [one]
    return one.doors.includes(filter) ? [{ ...one, doors: [filter] }] : []
  }
