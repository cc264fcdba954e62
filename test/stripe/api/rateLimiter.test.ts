import { RateLimiter } from '../../../stripe/api/rateLimiter';
import { FakeClock, START_TIME } from '../../ledger/fakeClock';

it('lets the first one go at once, and keeps the others apart, also those that come together', async () => {
	const time = new FakeClock();
	const pace = new RateLimiter(4, time);
	const went: number[] = [];
	const go = () => pace.acquire().then(() => went.push(time.now() - START_TIME));
	await Promise.all([go(), go(), go()]);
	expect(went).toEqual([0, 250, 500]);
	time.advance(10_000);
	await go();
	expect(went.at(-1)).toBe(10_500);
});

it('holds nobody back who was stopped', async () => {
	const time = new FakeClock(START_TIME, 'stands');
	const pace = new RateLimiter(1, time);
	await pace.acquire();
	await pace.acquire(AbortSignal.abort());
	expect(time.now()).toBe(START_TIME);
});
