# syntax=docker/dockerfile:1-labs
# gen:hostname=builder
# gen:shm=1
# gen:ulimit=nofile
# gen:ulimit=core
# gen:cgroup=parent
FROM alpine:3
RUN --network=none true
RUN --network=host true
RUN --security=insecure true
RUN --network=default true
