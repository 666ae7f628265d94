/**
 * Members in the order in which they were added; each is removed in constant time. Use it in place of a Set for members
 * that come and go with each request. With a Set a decision costs a third more CPU, because finished members stay in
 * memory until the next full garbage collection. Why: docs/decisions/0018-no-sets-of-requests.md.
 */
export class LinkedList<Member> {
  size = 0
  private first: Place<Member> | undefined
  private last: Place<Member> | undefined
  /** Of the iterations that run. */
  private readonly cursors: { next: Place<Member> | undefined }[] = []

  oldest(): Member | undefined {
    return this.first?.member
  }

  /** Adds it as the newest. Returns its place, by which it is removed. */
  add(member: Member): Place<Member> {
    const place: Place<Member> = { member, isTaken: true, older: this.last, newer: undefined }
    if (this.last === undefined) this.first = place
    else this.last.newer = place
    this.last = place
    this.size += 1
    return place
  }

  /** Does nothing for a place that was removed already. */
  remove(place: Place<Member>): void {
    if (!place.isTaken) return
    const { older, newer } = place
    if (older === undefined) this.first = newer
    else older.newer = newer
    if (newer === undefined) this.last = older
    else newer.older = older
    for (const cursor of this.cursors) if (cursor.next === place) cursor.next = newer
    place.isTaken = false
    // A removed place must not point to others, or it would keep them in memory.
    place.older = undefined
    place.newer = undefined
    this.size -= 1
  }

  /**
   * The members, the oldest first. The list may change meanwhile: removed members are left out, added ones may be.
   */
  *[Symbol.iterator](): Generator<Member, void> {
    const cursor = { next: this.first }
    this.cursors.push(cursor)
    try {
      while (cursor.next !== undefined) {
        const { member, newer } = cursor.next
        cursor.next = newer
        yield member
      }
    } finally {
      this.cursors.splice(this.cursors.indexOf(cursor), 1)
    }
  }
}

/** Only its list changes it. */
export interface Place<Member> {
  readonly member: Member
  isTaken: boolean
  older: Place<Member> | undefined
  newer: Place<Member> | undefined
}
