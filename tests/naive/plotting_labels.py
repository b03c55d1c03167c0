"""Labels moved apart by relaxation: neighbours that are too close push each other away by half of what is missing."""


def spread(wanted, gap, low, high, rounds=500):
    count = len(wanted)
    gap = min(gap, (high - low) / max(count - 1, 1))
    order = sorted(range(count), key=lambda label: wanted[label])
    heights = [wanted[label] for label in order]
    for _ in range(rounds):
        for below in range(count - 1):
            missing = gap - (heights[below + 1] - heights[below])
            if missing > 0:
                heights[below] -= missing / 2
                heights[below + 1] += missing / 2
    placed = [0.0] * count
    for label, height in zip(order, heights, strict=True):
        placed[label] = height
    return placed
