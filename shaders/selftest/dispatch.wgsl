// Counts the threads of a dispatch that is too wide for one dimension: each has to run once, under its own number.
//
// Checked by: src/engines/gpu/self_test/dispatches.rs
// What counts: kernels find their pixel in the same way (abi.wgsl).

@group(0) @binding(0) var<storage, read> n_threads: array<u32>;
@group(0) @binding(1) var<storage, read_write> seen: array<atomic<u32>>;    // a bit a thread; the last word counts repeats

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let thread = id.y * n_groups.x * 64u + id.x;
    if thread < n_threads[0] {
        let bit = 1u << (thread % 32u);
        let before = atomicOr(&seen[thread / 32u], bit);
        if (before & bit) != 0u {
            atomicAdd(&seen[arrayLength(&seen) - 1u], 1u);
        }
    }
}
