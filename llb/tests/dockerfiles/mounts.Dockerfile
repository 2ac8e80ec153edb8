# gen:platform=linux/amd64
# gen:cachens=team
FROM scratch AS base-data
COPY seed /seed
FROM debian:12 AS base
RUN --mount=type=secret,id=netrc,target=/root/.netrc,required=true --mount=type=secret,id=token,env=TOKEN --mount=type=ssh \
    git clone git@example.com:a/b.git
RUN --mount=type=ssh,id=other,target=/run/agent.sock,mode=0666,uid=7,gid=8 --mount=type=secret,id=plain ls
RUN --mount=type=tmpfs,target=/scratch,size=64m --mount=type=cache,id=apt,target=/var/cache/apt,sharing=locked,mode=0750,uid=5,gid=6 \
    --mount=type=cache,target=/pip,sharing=private,from=base-data,source=/seed \
    apt-get update
RUN --mount=type=bind,from=base-data,source=/seed,target=/data,rw --mount=target=/ctx ls -la
