import { testKeyIn } from './testKey';

/** Before the first test: a key that must not be used ends the run, a missing one is told of, so that nobody overlooks it. */
export default function announce(): void {
	const key = testKeyIn(process.env);
	if (key.kind === 'skip') console.warn(`\n${'='.repeat(80)}\n${key.words}\n${'='.repeat(80)}`);
}
