import { closeSync, openSync } from 'node:fs';

/** As many links as will find room below the listener; further ones come to lie above it, which costs them a second dial. */
const HELD = 24;

/**
 * Occupies low file descriptors, so that a listener opened now gets a high one, and the links made later lie below it.
 *
 * Linux closes the descriptors of a process that was killed from the highest down. With the listener closed first, whoever
 * sees its link end and dials again is refused at once: proof that the process is gone. With the listener closed last, the
 * dying process still accepts that call, and some milliseconds pass until it hangs up.
 *
 * @returns what gives them back
 */
export function holdLowDescriptors(): () => void {
  const held: number[] = [];
  try {
    while (process.platform === 'linux' && held.length < HELD)
      held.push(openSync('/dev/null', 'r'));
  } catch {
    // The process is short of descriptors: then it does without.
  }
  return () => {
    for (const descriptor of held.splice(0)) closeSync(descriptor);
  };
}
