const NONE = -1;
const FIRST_CAPACITY = 16;

/**
 * What is under way, by its number, in the order in which it came in. Instead of a `Map`, which makes a new store of itself after every
 * few entries that come and go: once one of them is old, each keeps the next alive, and with it all that has ever passed through, until
 * the next full collection. This one keeps its store.
 *
 * A hash table with chains (Knuth, TAOCP 3, 6.4), its links in columns.
 */
export class Numbered<T> {
  #capacity = FIRST_CAPACITY;
  #numbers = new Float64Array(FIRST_CAPACITY);
  readonly #items: (T | undefined)[] = [];
  /** Where each chain begins. */
  #heads = new Int32Array(FIRST_CAPACITY).fill(NONE);
  /** The next of the same chain, or of those places that are free. */
  #next = new Int32Array(FIRST_CAPACITY);
  /** The neighbours in the order in which they came in. */
  #before = new Int32Array(FIRST_CAPACITY);
  #after = new Int32Array(FIRST_CAPACITY);
  #free = NONE;
  #used = 0;
  #first = NONE;
  #last = NONE;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Of the one that came in before all others. */
  get firstNumber(): number | undefined {
    return this.#first === NONE ? undefined : this.#numbers[this.#first];
  }

  /** The one that came in before all others. */
  get first(): T | undefined {
    return this.#first === NONE ? undefined : this.#items[this.#first];
  }

  has(number: number): boolean {
    return this.#find(number) !== NONE;
  }

  get(number: number): T | undefined {
    const place = this.#find(number);
    return place === NONE ? undefined : this.#items[place];
  }

  /** One that has the number already keeps its place in the order. */
  set(number: number, item: T): void {
    const known = this.#find(number);
    if (known !== NONE) {
      this.#items[known] = item;
      return;
    }
    const place = this.#freePlace();
    this.#numbers[place] = number;
    this.#items[place] = item;
    this.#chain(place);
    this.#before[place] = this.#last;
    this.#after[place] = NONE;
    if (this.#last === NONE) this.#first = place;
    else this.#after[this.#last] = place;
    this.#last = place;
    this.#size++;
  }

  delete(number: number): boolean {
    const place = this.#find(number);
    if (place === NONE) return false;
    this.#unchain(place);
    const before = this.#before[place] as number;
    const after = this.#after[place] as number;
    if (before === NONE) this.#first = after;
    else this.#after[before] = after;
    if (after === NONE) this.#last = before;
    else this.#before[after] = before;
    this.#items[place] = undefined;
    this.#next[place] = this.#free;
    this.#free = place;
    this.#size--;
    return true;
  }

  /** Those that are there now, as far as they still are when it is their turn. */
  *values(): IterableIterator<T> {
    const numbers: number[] = [];
    for (let place = this.#first; place !== NONE; place = this.#after[place] as number)
      numbers.push(this.#numbers[place] as number);
    for (const number of numbers) {
      const item = this.get(number);
      if (item !== undefined) yield item;
    }
  }

  #find(number: number): number {
    let place = this.#heads[this.#chainOf(number)] as number;
    while (place !== NONE && this.#numbers[place] !== number) place = this.#next[place] as number;
    return place;
  }

  /** Numbers that follow each other get chains of their own. */
  #chainOf(number: number): number {
    return number & (this.#capacity - 1);
  }

  #chain(place: number): void {
    const chain = this.#chainOf(this.#numbers[place] as number);
    this.#next[place] = this.#heads[chain] as number;
    this.#heads[chain] = place;
  }

  #unchain(place: number): void {
    const chain = this.#chainOf(this.#numbers[place] as number);
    const next = this.#next[place] as number;
    let at = this.#heads[chain] as number;
    if (at === place) {
      this.#heads[chain] = next;
      return;
    }
    while (this.#next[at] !== place) at = this.#next[at] as number;
    this.#next[at] = next;
  }

  #freePlace(): number {
    if (this.#free !== NONE) {
      const place = this.#free;
      this.#free = this.#next[place] as number;
      return place;
    }
    if (this.#used === this.#capacity) this.#grow();
    return this.#used++;
  }

  /** Every place is taken: twice as many. */
  #grow(): void {
    this.#capacity *= 2;
    const longer = (column: Int32Array) => {
      const grown = new Int32Array(this.#capacity);
      grown.set(column);
      return grown;
    };
    const numbers = new Float64Array(this.#capacity);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    this.#next = longer(this.#next);
    this.#before = longer(this.#before);
    this.#after = longer(this.#after);
    this.#heads = new Int32Array(this.#capacity).fill(NONE);
    for (let place = 0; place < this.#used; place++) this.#chain(place);
  }
}
