import { Pace } from '../../stripe/api/rateLimiter';
import { FakeTime, NOON_ISH } from '../ledger/fakeTime';

it('lets the first one go at once, and keeps the others apart, also those that come together', async () => {
	const time = new FakeTime();
	const pace = new Pace(4, time);
	const went: number[] = [];
	const go = () => pace.turn().then(() => went.push(time.now() - NOON_ISH));
	await Promise.all([go(), go(), go()]);
	expect(went).toEqual([0, 250, 500]);
	time.advance(10_000);
	await go();
	expect(went.at(-1)).toBe(10_500);
});

it('holds nobody back who was stopped', async () => {
	const time = new FakeTime(NOON_ISH, 'stands');
	const pace = new Pace(1, time);
	await pace.turn();
	await pace.turn(AbortSignal.abort());
	expect(time.now()).toBe(NOON_ISH);
});
