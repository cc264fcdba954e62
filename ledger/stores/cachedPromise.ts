/** What was asked once is known for a while; a failure is not remembered. */
export class AskedAgain<R> {
	private known: { answer: Promise<R>; since: number } | undefined;

	/** @param forMs after which time it is asked again */
	constructor(
		private readonly ask: () => Promise<R>,
		private readonly forMs: number,
	) {}

	answer(): Promise<R> {
		if (this.known && performance.now() - this.known.since < this.forMs) return this.known.answer;
		const answer = this.ask();
		this.known = { answer, since: performance.now() };
		answer.catch(() => (this.known = undefined));
		return answer;
	}
}
