import { isDeepStrictEqual } from 'node:util';

import type { INodeProperties } from 'n8n-workflow';

/** The conditions that show a property. */
type Axis = 'resource' | 'operation';

interface Placed {
	property: INodeProperties;
	/** The property as text, without the conditions that show it. */
	text: string;
}

/**
 * Merges lists of properties. Properties that differ only in the conditions that show them become one. Each list keeps its order.
 * Every browser that opens n8n downloads the description, so it contains nothing twice.
 */
export function joinAlike(axis: Axis, lists: readonly INodeProperties[][]): INodeProperties[] {
	const joined: Placed[] = [];
	for (const list of lists) {
		let next = 0;
		for (const property of list) {
			const placed = { property, text: JSON.stringify(leaveOut(axis, property)) };
			const same = joined.findIndex((other, at) => at >= next && isAlike(axis, other, placed));
			if (same === -1) joined.splice(next, 0, placed);
			else joined[same] = join(axis, joined[same] ?? placed, placed);
			next = (same === -1 ? next : same) + 1;
		}
	}
	return joined.map(({ property }) => property);
}

/** Marks with symbols are not part of the text. */
function isAlike(axis: Axis, one: Placed, other: Placed): boolean {
	return (
		one.text === other.text &&
		isDeepStrictEqual(leaveOut(axis, one.property), leaveOut(axis, other.property))
	);
}

function leaveOut(axis: Axis, property: INodeProperties): INodeProperties {
	const { [axis]: _shownFor, ...show } = property.displayOptions?.show ?? {};
	return { ...property, displayOptions: { ...property.displayOptions, show } };
}

function join(axis: Axis, one: Placed, { property }: Placed): Placed {
	const values = [one.property, property].flatMap(
		({ displayOptions }) => displayOptions?.show?.[axis] ?? [],
	);
	const show = { ...one.property.displayOptions?.show, [axis]: values };
	return {
		...one,
		property: { ...one.property, displayOptions: { ...one.property.displayOptions, show } },
	};
}
