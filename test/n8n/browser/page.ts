import type { Locator, Page } from 'playwright-core';

export type Point = [x: number, y: number];

/** n8n names what its own tests need. */
export function byTestId(place: Page | Locator, id: string): Locator {
	return place.locator(`[data-test-id="${id}"]`);
}

/** Where a mouse meets it; brings it into view first. */
export async function middleOf(locator: Locator): Promise<Point> {
	await locator.scrollIntoViewIfNeeded();
	const box = await locator.boundingBox();
	if (!box) throw new Error(`Nobody can see ${String(locator)}`);
	return [box.x + box.width / 2, box.y + box.height / 2];
}

export interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** The place of all of these together, with a margin around. */
export async function boxAround(locators: Locator[], margin: number): Promise<Box> {
	const boxes = await Promise.all(locators.map((locator) => locator.boundingBox()));
	const seen = boxes.filter((box) => box !== null);
	const x = Math.min(...seen.map((box) => box.x)) - margin;
	const y = Math.min(...seen.map((box) => box.y)) - margin;
	const right = Math.max(...seen.map((box) => box.x + box.width)) + margin;
	const bottom = Math.max(...seen.map((box) => box.y + box.height)) + margin;
	return { x, y, width: right - x, height: bottom - y };
}

/** With a real mouse, which goes its way step by step: what is dragged follows it. */
export async function dragTo(page: Page, [x, y]: Point, [toX, toY]: Point): Promise<void> {
	const { mouse } = page;
	await mouse.move(x, y);
	await mouse.down();
	await mouse.move((x + toX) / 2, (y + toY) / 2, { steps: 8 });
	await mouse.move(toX, toY, { steps: 8 });
	await mouse.up();
}
