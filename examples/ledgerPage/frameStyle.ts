import { css } from './markup';

export const FRAME_STYLE = css`
	* {
		box-sizing: border-box;
	}
	body {
		margin: 0 auto;
		max-width: 64rem;
		padding: 1rem;
		background: var(--ground);
		color: var(--ink);
		font:
			1rem/1.5 system-ui,
			sans-serif;
		overflow-wrap: anywhere;
	}
	h1 {
		font-size: 1.5rem;
		margin: 0;
	}
	h2 {
		font-size: 1.2rem;
		margin: 2rem 0 0.5rem;
	}
	h3 {
		font-size: 1rem;
		margin: 0;
	}
	a {
		color: var(--link);
	}
	p {
		margin: 0.4rem 0;
	}
	:focus-visible {
		outline: 3px solid var(--link);
		outline-offset: 2px;
	}
	header {
		display: flex;
		flex-wrap: wrap;
		gap: 0.5rem 2rem;
		align-items: end;
		justify-content: space-between;
	}
	header form {
		display: flex;
		flex-wrap: wrap;
		gap: 0.3rem 0.5rem;
		align-items: end;
	}
	label {
		flex-basis: 100%;
		font-size: 0.9rem;
	}
	input {
		font: inherit;
		padding: 0.4rem 0.6rem;
		width: 18rem;
		max-width: 100%;
		background: var(--paper);
		color: var(--ink);
		border: 1px solid var(--quiet);
		border-radius: 6px;
	}
	button {
		font: inherit;
		font-weight: 600;
		padding: 0.4rem 0.9rem;
		background: var(--link);
		color: var(--paper);
		border: 1px solid var(--link);
		border-radius: 6px;
		cursor: pointer;
	}
	.quiet,
	time,
	summary {
		color: var(--quiet);
		font-size: 0.9rem;
	}
	.quiet time,
	dd time {
		font-size: inherit;
	}
	summary {
		cursor: pointer;
		padding: 0.3rem 0;
	}
	.tiles {
		display: flex;
		flex-wrap: wrap;
		gap: 0.6rem;
		padding: 0;
		margin: 1.2rem 0 0.4rem;
		list-style: none;
	}
	.tiles li {
		flex: 1 1 7rem;
		padding: 0.6rem 0.9rem;
		background: var(--paper);
		border: 1px solid var(--line);
		border-top: 4px solid var(--other);
		border-radius: 6px;
	}
	.rest > summary {
		padding: 0.6rem 0;
		font-weight: 600;
	}
	.tiles b {
		display: block;
		font-size: 1.6rem;
		line-height: 1.2;
	}
	.tiles .succeeded {
		border-top-color: var(--succeeded);
	}
	.tiles .rejected {
		border-top-color: var(--rejected);
	}
	.tiles .unknown {
		border-top-color: var(--unknown);
	}
	.card,
	figure,
	.wide {
		background: var(--paper);
		border: 1px solid var(--line);
		border-radius: 6px;
		padding: 0.9rem;
		margin: 0.8rem 0;
	}
	figure {
		margin-inline: 0;
	}
	.card {
		border-left: 4px solid var(--other);
	}
	.card.unknown {
		border-left-color: var(--unknown);
	}
	.card.succeeded {
		border-left-color: var(--succeeded);
	}
	.card.rejected {
		border-left-color: var(--rejected);
	}
	.card .wide {
		margin: 0.3rem 0;
		padding: 0.3rem;
	}
	.found {
		border: 2px solid var(--link);
		border-radius: 6px;
		padding: 0.3rem 0.9rem;
		margin: 0.6rem 0;
	}
	dl {
		display: grid;
		grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
		gap: 0.4rem 1.2rem;
		margin: 0.6rem 0;
	}
	dt {
		color: var(--quiet);
		font-size: 0.85rem;
	}
	dd {
		margin: 0;
	}
	.badge {
		font-weight: 600;
		white-space: nowrap;
		color: var(--other);
	}
	.badge::before {
		content: '● ';
	}
	.badge.unknown {
		color: var(--unknown);
	}
	.badge.succeeded {
		color: var(--succeeded);
	}
	.badge.rejected {
		color: var(--rejected);
	}
`;
